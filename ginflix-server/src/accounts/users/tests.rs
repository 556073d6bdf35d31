use std::net::{IpAddr, Ipv4Addr};

use ginflix_api::account::{Login, Role};

use super::*;
use crate::app::App;

const PASSWORD: &str = "correct horse";

fn new(name: &str, role: Role) -> NewUser {
    NewUser { name: name.to_owned(), role, password: PASSWORD.to_owned() }
}

fn login(name: &str, password: &str) -> (Login, IpAddr) {
    let login = Login { name: name.to_owned(), password: password.to_owned() };
    (login, Ipv4Addr::LOCALHOST.into())
}

fn password(password: &str) -> UserPatch {
    UserPatch { role: None, password: Some(password.to_owned()) }
}

fn role(role: Role) -> UserPatch {
    UserPatch { role: Some(role), password: None }
}

#[tokio::test]
async fn a_new_password_ends_the_sessions_of_the_old_one() {
    let (_dir, app) = App::in_temp_dir().await;
    let accounts = &app.accounts;
    accounts.create_user(new("ann", Role::Viewer)).await.unwrap();
    accounts.create_user(new("bob", Role::Viewer)).await.unwrap();
    let (old, client) = login("ann", PASSWORD);
    let (ann, _) = accounts.log_in(old.clone(), client, "").await.unwrap();
    let (bob, _) = accounts.log_in(login("bob", PASSWORD).0, client, "").await.unwrap();
    // From here on, both are in the cache.
    assert!(accounts.identify(&ann).await.unwrap().is_some());
    assert!(accounts.identify(&bob).await.unwrap().is_some());
    accounts.change_user("ann", password("battery staple")).await.unwrap();
    assert_eq!(accounts.identify(&ann).await.unwrap(), None);
    assert!(accounts.identify(&bob).await.unwrap().is_some());
    assert!(accounts.log_in(old, client, "").await.is_err());
    accounts.log_in(login("ann", "battery staple").0, client, "").await.unwrap();
}

#[tokio::test]
async fn a_new_role_or_a_removal_takes_effect_at_once() {
    let (_dir, app) = App::in_temp_dir().await;
    let accounts = &app.accounts;
    accounts.create_user(new("ann", Role::Admin)).await.unwrap();
    accounts.create_user(new("eve", Role::Admin)).await.unwrap();
    let (eve, client) = login("eve", PASSWORD);
    let (session, _) = accounts.log_in(eve.clone(), client, "").await.unwrap();
    assert!(accounts.identify(&session).await.unwrap().is_some());
    let user = accounts.change_user("eve", role(Role::Viewer)).await.unwrap();
    assert_eq!(user.role, Role::Viewer);
    assert_eq!(accounts.identify(&session).await.unwrap(), None);
    let (session, details) = accounts.log_in(eve, client, "").await.unwrap();
    assert_eq!(details.role, Role::Viewer);
    accounts.remove_user("eve").await.unwrap();
    assert_eq!(accounts.identify(&session).await.unwrap(), None);
    assert!(matches!(accounts.remove_user("eve").await, Err(AppError::NotFound(_))));
    let names: Vec<String> = accounts.users().await.unwrap().into_iter().map(|u| u.name).collect();
    assert_eq!(names, ["ann"]);
}

#[tokio::test]
async fn the_last_administrator_is_neither_demoted_nor_removed() {
    let (_dir, app) = App::in_temp_dir().await;
    let accounts = &app.accounts;
    accounts.create_user(new("ann", Role::Admin)).await.unwrap();
    accounts.create_user(new("bob", Role::Viewer)).await.unwrap();
    let demoted = accounts.change_user("ann", role(Role::Viewer)).await;
    assert!(matches!(demoted, Err(AppError::InUse(_))));
    assert!(matches!(accounts.remove_user("ann").await, Err(AppError::InUse(_))));
    accounts.change_user("ann", role(Role::Admin)).await.unwrap();
    accounts.change_user("bob", role(Role::Admin)).await.unwrap();
    accounts.remove_user("ann").await.unwrap();
}

#[tokio::test]
async fn an_invalid_or_taken_account_is_refused() {
    let (_dir, app) = App::in_temp_dir().await;
    let accounts = &app.accounts;
    for name in ["", ".", "a b", "a/b", "é", "a\0", &"x".repeat(MAX_USER_NAME_CHARS + 1)] {
        let refused = accounts.create_user(new(name, Role::Viewer)).await;
        assert!(matches!(refused, Err(AppError::Invalid { field: "name", .. })), "{name:?}");
        let unknown = accounts.change_user(name, role(Role::Viewer)).await;
        assert!(matches!(unknown, Err(AppError::NotFound(_))), "{name:?}");
    }
    accounts.create_user(new("ann@films.example", Role::Viewer)).await.unwrap();
    let taken = accounts.create_user(new("ann@films.example", Role::Admin)).await;
    assert!(matches!(taken, Err(AppError::Conflict(_))));
    let short = NewUser { password: "ninechars".to_owned(), ..new("bob", Role::Viewer) };
    let short = accounts.create_user(short).await;
    assert!(matches!(short, Err(AppError::Invalid { field: "password", .. })));
    let nothing = UserPatch { role: None, password: None };
    let nothing = accounts.change_user("ann@films.example", nothing).await;
    assert!(matches!(nothing, Err(AppError::Invalid { .. })));
}
