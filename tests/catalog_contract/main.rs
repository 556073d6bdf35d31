//! The behaviour that all catalogue backends have in common, tested with each of them.

#![allow(clippy::unwrap_used)] // a failed unwrap shows its line

mod accounts;
mod audit;
mod backend;
mod backup;
mod collections;
mod connecting;
mod evidence;
mod import_places;
mod imports;
mod libraries;
mod lists;
mod media;
mod movies;
mod playbacks;
mod previous;
mod replicas;
mod rules;
mod samples;
mod search;
mod start;
mod subtitles;
mod watching;

/// Defines a test for each case and each backend.
macro_rules! contract {
    ($($file:ident { $($case:ident),* $(,)? })*) => {
        contract!(@ sqlite $($file { $($case),* })*);
        contract!(@ postgres $($file { $($case),* })*);
    };
    (@ $backend:ident $($file:ident { $($case:ident),* })*) => {
        mod $backend {
            $(mod $file {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let database = crate::backend::$backend().await;
                    crate::$file::$case(&database).await;
                })*
            })*
        }
    };
}

contract! {
    accounts {
        an_account_is_found_by_its_name, the_name_of_an_account_is_unique,
        a_deleted_credential_is_gone, a_token_replaces_the_one_with_its_name,
        tokens_are_listed_by_name_and_not_replaced,
        a_token_is_read_with_the_present_role_of_its_account,
        expired_credentials_are_deleted, a_changed_account_has_no_sessions,
        a_removed_account_has_no_sessions, the_last_administrator_cannot_be_removed,
        concurrent_changes_leave_one_administrator, an_account_keeps_its_preferences,
    }
    audit { the_latest_change_comes_first, an_entry_can_be_replaced_and_deleted }
    backup {
        a_backup_restores_everything_on_either_backend, content_is_replaced_only_on_request,
        a_failed_import_changes_nothing, accounts_that_differ_only_in_case_are_imported,
    }
    collections {
        a_collection_is_read_as_written, movies_keep_their_order,
        an_unknown_movie_is_named_and_changes_nothing, a_removed_movie_leaves_its_collections,
        a_collection_has_the_poster_of_its_first_movie,
        a_movie_has_neighbours_in_each_collection, a_change_of_a_collection_requires_its_version,
        collections_have_two_levels_and_no_circle, the_number_of_collections_is_limited,
        errors_name_what_is_wrong,
    }
    evidence {
        all_servers_get_the_same_client_key, a_repeated_report_changes_nothing,
        a_playback_is_judged_once, a_judgement_uses_the_evidence_of_its_client_and_file,
        concurrent_judgements_count_once, limited_views_of_the_last_hour_are_known,
        old_evidence_and_clients_are_deleted, a_judgement_and_a_report_do_not_deadlock,
    }
    import_places {
        an_episode_is_in_the_collection_of_its_season, what_people_made_of_collections_stays,
        a_collection_that_somebody_removed_is_not_made_again, an_empty_collection_is_made_again,
        series_of_the_same_title_are_told_by_their_years, a_movie_that_was_taken_out_stays_out,
        episodes_of_an_earlier_version_are_placed_once, a_full_catalogue_of_collections_is_named,
        concurrent_imports_make_one_collection, a_list_is_imported_into_a_collection,
    }
    imports {
        an_import_adds_a_movie_once, an_import_changes_what_nobody_changed,
        a_removed_movie_is_not_imported_again, the_title_of_another_movie_is_not_taken,
        a_poster_that_somebody_set_or_removed_stays, subtitles_that_somebody_changed_stay,
        what_was_imported_is_forgotten_with_the_file, the_original_name_of_a_file_is_kept,
    }
    libraries {
        a_library_is_added_once, files_of_a_library_are_read_as_recorded,
        a_missing_file_is_not_played, a_removed_library_takes_its_movies,
        a_file_of_a_library_never_replaces_another_one, files_of_libraries_are_not_replicated,
    }
    lists {
        pages_make_up_the_list_in_every_order, newest_comes_first,
        titles_are_sorted_in_natural_order,
        most_viewed_comes_first, most_viewed_of_the_week_comes_first, years_are_distinct_and_sorted,
        filters_can_be_combined, pages_are_stable_while_the_list_changes,
        several_lists_are_read_in_one_call, the_home_page_has_rows,
    }
    media {
        a_file_is_read_as_recorded, an_inspection_is_recorded_for_its_content_only, files_are_sorted_by_name, a_movie_has_the_metadata_of_its_file,
        a_file_in_use_cannot_be_deleted, no_movie_is_left_without_its_file,
    }
    movies {
        a_movie_is_read_as_written, any_text_is_stored_unchanged, a_movie_requires_its_media_file,
        a_duplicate_is_a_conflict, a_change_requires_the_current_version, no_change_is_lost,
        a_failed_write_does_not_affect_others_in_its_commit, a_removed_movie_is_gone,
        genres_are_counted, a_poster_belongs_to_its_movie,
    }
    playbacks {
        a_view_counts_once, a_start_and_its_reports_share_a_transaction,
        concurrent_reports_count_once, a_report_on_an_unknown_playback_has_no_result,
        a_report_is_limited_to_its_days, a_removed_movie_keeps_its_views,
        movies_without_a_view_come_last, every_playback_is_explained,
    }
    previous { data_of_an_earlier_version_is_kept, tokens_of_an_earlier_version_get_their_creator }
    replicas {
        an_upload_is_recorded_with_its_streamer, only_one_of_two_uploads_with_a_name_succeeds,
        a_replica_requires_a_recorded_file, a_replica_outlives_its_media_record,
        every_change_of_the_recorded_files_increments_the_revision,
        a_verification_request_increments_the_round,
        streamers_are_listed_with_their_replicas,
    }
    rules {
        a_duplicate_names_the_existing_movie, changes_can_require_a_version,
        a_change_without_effect_keeps_the_version,
        unknown_media_is_invalid, pages_follow_their_cursors, a_file_in_use_is_removed_only_by_force,
        the_type_of_a_poster_is_detected_by_its_content,
    }
    search {
        every_word_must_match, accents_and_case_do_not_count, the_last_word_may_be_unfinished,
        titles_rank_before_people_before_genres_before_descriptions, changes_are_found_at_once,
        a_search_can_be_filtered_and_sorted, misspelt_words_are_corrected_and_rank_last,
        a_search_with_enough_results_is_not_corrected, pages_of_a_corrected_search_make_up_the_list,
        a_word_may_be_the_year,
    }
    subtitles {
        subtitles_are_read_as_stored, subtitles_replace_those_of_the_same_purpose,
        one_of_the_subtitles_is_the_default, subtitles_are_deleted_with_their_media_file,
        a_media_file_has_a_limited_number_of_subtitles,
    }
    watching {
        a_position_is_read_as_written_by_its_account_only, the_last_report_wins_and_a_mark_stays,
        a_report_adds_an_entry_only_on_request, the_latest_comes_first_page_by_page,
        a_history_is_cleared_for_its_account, a_list_has_each_movie_once,
        removed_accounts_and_movies_leave_nothing, histories_and_lists_are_limited,
        positions_follow_the_rules, sessions_are_listed_and_ended,
        a_password_changes_only_if_it_is_the_known_one,
    }
    start {
        data_survives_a_restart, several_servers_can_start_at_once,
        a_closed_catalogue_refuses_all_calls,
    }
}
