//! What every catalogue backend does, run on each of them.

#![allow(clippy::unwrap_used)] // a case that cannot go on says where

mod accounts;
mod audit;
mod backend;
mod backup;
mod connecting;
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

/// Every case as a test of its own, on every backend.
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
        an_account_is_found_by_its_name, a_name_is_taken_once, a_credential_ends,
        a_token_replaces_the_one_of_its_name, tokens_are_listed_by_name_and_not_replaced,
        expired_credentials_are_cleared_away, a_changed_account_has_no_sessions,
        a_removed_account_has_no_sessions, one_administrator_stays, one_of_many_administrators_stays,
    }
    audit { the_latest_change_comes_first, an_entry_can_be_settled_and_taken_back }
    backup {
        everything_comes_back_on_either_backend, what_is_there_is_replaced_only_if_asked_for,
        what_fails_changes_nothing,
    }
    lists {
        pages_make_up_the_list_in_every_order, newest_comes_first, titles_sort_as_people_do,
        most_viewed_comes_first, most_viewed_of_the_week_comes_first, years_are_those_of_movies,
        filters_go_together, pages_stay_while_the_list_changes,
    }
    media {
        a_file_comes_back_as_recorded, files_come_by_name, a_movie_shows_its_file,
        a_file_in_use_stays, no_movie_is_left_without_its_file,
    }
    movies {
        a_movie_comes_back_as_written, any_text_comes_back, a_movie_needs_its_media,
        the_same_again_is_a_conflict, a_change_needs_the_last_version, no_change_is_lost,
        a_failure_leaves_its_neighbours_alone, a_removed_movie_is_gone, genres_are_counted, a_poster_belongs_to_its_movie,
    }
    playbacks {
        a_view_counts_once, a_start_and_its_reports_go_together, reports_at_once_count_once, what_is_not_there_is_none,
        days_are_those_of_the_time_asked_for, a_removed_movie_keeps_its_views,
        movies_without_a_view_come_last, every_playback_is_explained,
    }
    previous { what_an_earlier_version_wrote_is_there }
    replicas {
        an_upload_is_recorded_where_it_landed, of_two_uploads_of_a_name_one_wins,
        a_copy_of_what_is_not_recorded_is_none, a_copy_outlives_its_file,
        every_change_of_what_there_should_be_is_noticed, a_check_counts_up_the_round,
        streamers_tell_what_they_have,
    }
    rules {
        adding_again_names_the_first, changes_are_tied_to_versions, a_change_of_nothing_is_none,
        unknown_media_is_invalid, pages_follow_their_cursors, media_in_use_needs_force,
        a_poster_is_told_by_its_content,
    }
    search {
        every_word_must_match, accents_and_case_do_not_count, the_last_word_may_be_unfinished,
        titles_go_before_people_before_genres_before_text, changes_are_found_at_once,
        search_goes_with_filters_and_orders, words_that_are_spelt_wrong_are_found_last,
        what_is_found_well_is_not_corrected, corrected_pages_make_up_the_list,
    }
    start {
        what_was_written_is_there_after_a_restart, two_may_start_at_once,
        a_closed_catalogue_takes_and_gives_nothing,
    }
}
