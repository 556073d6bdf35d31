//! Whether browsers play a media file, why not, and what helps.

use serde::{Deserialize, Serialize};

/// How browsers play a media file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Playability {
    /// What each browser does.
    pub browsers: Vec<BrowserPlayability>,
    /// What is in the way, in sentences.
    pub reasons: Vec<String>,
    /// A command that makes a copy which all browsers play.
    pub remedy: Option<String>,
}

/// What a browser does with a media file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct BrowserPlayability {
    /// The browser.
    pub browser: Browser,
    /// What it does.
    pub outcome: Outcome,
}

/// A family of browsers that play the same files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Browser {
    /// Chrome, Edge and others made of Chromium, on Windows, macOS and Android.
    Chrome,
    /// The same on Linux.
    ChromeOnLinux,
    /// Firefox.
    Firefox,
    /// Safari.
    Safari,
}

impl Browser {
    /// All families.
    pub const ALL: [Self; 4] = [Self::Chrome, Self::ChromeOnLinux, Self::Firefox, Self::Safari];

    /// Returns the name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chrome => "Chrome",
            Self::ChromeOnLinux => "Chrome on Linux",
            Self::Firefox => "Firefox",
            Self::Safari => "Safari",
        }
    }
}

/// What a browser does with a media file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It plays the file as it is.
    Plays,
    /// It plays the tracks of the file by HLS, in the player of the web site.
    PlaysByHls,
    /// It depends on the device, such as on a decoder in its hardware.
    DependsOnDevice,
    /// It plays the sound without the picture.
    SoundOnly,
    /// It plays the picture without the sound.
    PictureOnly,
    /// It does not play the file.
    No,
}

impl Outcome {
    /// Returns whether the browser plays picture and sound, on every device.
    pub fn is_whole(self) -> bool {
        matches!(self, Self::Plays | Self::PlaysByHls)
    }
}

impl Playability {
    /// Returns what this browser does; `None` if nothing is known of the file.
    pub fn of(&self, browser: Browser) -> Option<Outcome> {
        self.browsers.iter().find(|entry| entry.browser == browser).map(|entry| entry.outcome)
    }

    /// Returns whether all browsers play the file, as it is or by HLS.
    pub fn is_universal(&self) -> bool {
        !self.browsers.is_empty() && self.browsers.iter().all(|entry| entry.outcome.is_whole())
    }

    /// Returns whether no browser plays the file whole.
    pub fn is_hopeless(&self) -> bool {
        !self.browsers.is_empty()
            && self.browsers.iter().all(|entry| entry.outcome > Outcome::DependsOnDevice)
    }
}
