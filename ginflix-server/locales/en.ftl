### The English messages of the pages. Each key is in all languages, with the same values.
# Plain words for people who know nothing of servers.

## Every page

skip-to-content = Skip to content
home-label = GinFlix, home
search-label = Search movies
search-placeholder = Search titles, people, genres
account-label = Account
admin-link = Admin
logged-in-as = Logged in as { $name }
log-in = Log in
log-out = Log out
own-list-link = My list
own-account-link = Your account:
language-label = Language
theme-label = Theme
theme-system = System
theme-light = Light
theme-dark = Dark
catalogue-away = The catalogue’s database cannot be reached right now. This page shows the state of { $age } ago. Films still play, but nothing can be changed until the database is back.
next-page = Next page
nothing-found = Nothing found
show-all-movies = Show all movies
collection-count = { $count ->
     [one] { $count } collection
    *[other] { $count } collections
}
movie-count = { $count ->
     [one] { $count } movie
    *[other] { $count } movies
}
upload-a-movie = Upload a film
no-script-edit = Changes need JavaScript, which is off in this browser. The command line works without it:

## Dates, sizes and durations. Units and the order of a date are those of CLDR.

date = { $day } { $month ->
         [1] January
         [2] February
         [3] March
         [4] April
         [5] May
         [6] June
         [7] July
         [8] August
         [9] September
         [10] October
         [11] November
        *[12] December
    } { $year }
size-bytes = { $value } B
size-kilobytes = { $value } kB
size-megabytes = { $value } MB
size-gigabytes = { $value } GB
size-terabytes = { $value } TB
duration-seconds = { $seconds } s
duration-minutes = { $minutes } min
duration-hours = { $hours } h
duration-hours-minutes = { $hours } h { $minutes } min

## The log-in

login-heading = Log in
login-needs-script = Logging in needs JavaScript, which is off in this browser.
login-name = Name
login-password = Password
login-submit = Log in
login-hint = The administrator’s password was shown when the cluster was started with this command:

## Errors

error-heading-log-in = Please log in
error-heading-forbidden = Your account may not do this
error-heading-not-found = Page not found
error-heading-not-supported = This is not supported
error-heading-too-many = Too many attempts
error-heading-unavailable = Not available right now
error-heading-internal = Something went wrong
error-heading-other = This cannot be shown
error-invalid = The address of this page is not valid.
error-forbidden = This page is for administrators. Log in with an account that may administer GinFlix.
error-not-found = There is nothing at this address. Perhaps it was removed, or the address has a typing error.
error-gone = This link has expired. Ask for a new one.
error-too-many = { $seconds ->
     [one] Try again in { $seconds } second.
    *[other] Try again in { $seconds } seconds.
}
error-misdirected = This address only streams films; the pages are at the address of the web site.
error-unavailable = The service is starting, or it cannot reach its catalogue.
error-internal = The server could not make this page.
error-other = The server cannot answer this request.
error-temporary = Nothing is lost, and films that are playing are not interrupted. Try again in a moment.
error-try-again = Try again
error-go-home = Go to the catalogue
error-request-id = If this keeps happening, give the administrator this id, which leads to the cause in the log:

## A collection

collection-empty = There is nothing in this collection yet
collection-empty-hint = Put movies into it on the command line:

## Cards of movies

card-removal-row = Remove { $title } from this row
card-removal-history = Remove { $title } from your history
card-removal-list = Remove { $title } from your list

## What was watched. Scripts get the messages with the prefix “watching-”, too.

watching-watched = Watched
watching-so-far = Watched so far
watching-left = { $time } left
watching-on-list = On my list
watching-add-to-list = Add to my list
watching-mark = Mark as watched

## The home page

home-popular = Popular this week
home-new = New
home-newest = New
home-week = Most viewed this week
home-continue = Continue watching
home-browse = Browse
home-sort = Sort and filter
see-all = See all
all-movies = All movies

## Lists of movies

catalog-year = Movies of { $year }
catalog-genre-year = { $genre }, { $year }
catalog-results = Results for “{ $words }”
catalog-search-title = { $words } · Search
catalog-count-more = { $count ->
     [one] { $count } movie and more
    *[other] { $count } movies and more
}
catalog-skip-filters = Skip to the movies
catalog-order = Order
catalog-all-years = All years
catalog-all-genres = All genres
catalog-show = Show
catalog-show-more = Show more
sort-best = Best match
sort-newest = Newest
sort-title = Title
sort-views = Most viewed
sort-week = This week
catalog-none = { $filters ->
     [genre] There is no movie in { $genre }.
     [year] There is no movie of { $year }.
     [both] There is no movie in { $genre } of { $year }.
    *[none] There is no movie here.
}
catalog-none-hint = Try another year or genre, or browse all movies.
catalog-no-match = { $filters ->
     [genre] No movie in { $genre } matches “{ $words }”.
     [year] No movie of { $year } matches “{ $words }”.
     [both] No movie in { $genre } of { $year } matches “{ $words }”.
    *[none] No movie matches “{ $words }”.
}
catalog-no-match-hint = You can search for a title, a person, a genre or a year: try fewer or other words.
catalog-search-everywhere = Search all movies

## A catalogue without movies

empty-heading = There are no movies here yet
empty-upload = Upload a film and give it a title, then it plays here.
empty-command = Or use the command line, where a whole folder can be uploaded at once:
empty-viewer = Come back when the first one has been added.

## All collections

collections-heading = Collections
collections-empty = There are no collections yet
collections-empty-hint = A collection is a list of movies that belong together, such as a series or a course.
collections-add-hint = Add one on the command line:

## The history and the list

history-heading = History
own-movies-label = Your movies
history-empty = Nothing watched yet
history-empty-hint = What you watch appears here, on all devices on which you log in. Only you see it.
list-empty = Your list is empty
list-empty-hint = Choose “Add to my list” on the page of a movie to find it here again, on all devices on which you log in.

## The account

account-role-admin = Administrator
account-role-viewer = Viewer
account-since = Account since { $day }
account-needs-script = Changes on this page need JavaScript, which is off in this browser.
account-sessions = Where you are logged in
session-this-browser = This browser
session-end = Log out there
session-end-others = Log out everywhere else
session-began = Logged in on { $began }
session-began-used = Logged in on { $began }, last used on { $used }
session-unknown = Unknown browser
session-command = The ginflix command
session-some-browser = A browser
session-browser = { $browser } on { $system ->
     [iPhone] an iPhone
     [iPad] an iPad
    *[other] { $system }
}
account-password = Change your password
account-password-current = Current password
account-password-new = New password
account-password-hint = At least 10 characters. Use several words that do not belong together, or let a password manager generate one. You stay logged in here, and are logged out everywhere else.
account-password-submit = Change password
account-privacy = What is stored about you
account-privacy-text = For each movie that you watch, this server stores where you stopped, whether you reached the end, and when you last watched it. Your list is stored too, and the language and the theme that you choose. Other viewers do not see any of it. It is part of the administrator’s backups.
account-clear-history = Clear history

## The pages of administrators

admin-label = Administration
confirm-keep = Keep
remove = Remove
edit = Edit
watch = Watch
cancel = Cancel
save = Save
column-title = Title
column-file = File
column-type = Type
column-length = Length
column-size = Size
column-views = Views
column-added = Added
column-actions = Actions
views-unit = { $count ->
     [one] view
    *[other] views
}

## The list of movies

movies-heading = Movies
movies-find = Find in the list
movies-find-submit = Find
movie-add = Add a movie
movies-empty = No movies yet
movies-empty-hint = Upload a film first, then add it as a movie.
movies-no-match = No movie matches “{ $words }”.
file-missing = missing

## Files and uploads

media-heading = Files and uploads
media-choose = Choose films
media-drop = or drop them here
media-hint = MP4 with H.264 and AAC plays in every browser. Uploads survive a broken connection, a reload of this page and a restart of the server.
media-needs-script = Uploading here needs JavaScript. The command line works without it:
uploads-label = Uploads
upload-progress = Upload progress
problems-heading = Not taken up
problems-hint = These files are on the server, but it cannot use them. Each appears in the list within about a minute after its problem is solved.
problem-server = on { $server }
files-empty = No files yet
files-empty-hint = An uploaded file appears here when it is complete. You can then add it as a movie.
files-label = Files
file-remedy = This makes a copy that plays everywhere:
file-add = Add as movie
file-in-library = In a library
file-gone = Missing from its library
plays-unknown = Its format is not known
plays-nowhere = Plays in no browser
plays-on-some-devices = Plays only on some devices
plays-perhaps-not = May not play in { $browsers }
plays-not = Does not play in { $browsers }
plays-only = Plays only in { $browsers }
two-names = { $first } and { $second }
file-damaged = Damaged: { $reason }

## The form of a movie

form-no-files-hint = A movie plays a file on the server. Upload a film first, then add it as a movie.
form-title = Title
form-file = File
form-year = Year
form-description = Description
form-genres = Genres
form-genres-hint = Separate genres with commas: Drama, Documentary
form-directors = Directed by
form-cast = With
form-one-name = One name per line
form-series-part = Part of a series
form-series = Series
form-season = Season
form-season-hint = 0 for specials
form-episode = Episode
form-add = Add the movie
form-poster = Poster
form-no-poster = No poster
form-poster-hint = JPEG, PNG or WebP, upright (2:3), at most { $limit }. Without a poster, GinFlix shows a generated picture.
form-poster-remove = Remove the poster
form-subtitles = Subtitles
form-subtitles-add = Add subtitles
form-subtitles-hint = SubRip, WebVTT or SubStation Alpha. The name of the file says the language: film.en.srt, film.pt-BR.forced.srt

## The page of a movie

movie-collections = Collections
movie-position = { $position } of { $count }
movie-previous = Previous
movie-next = Next
movie-edit = Edit this movie
movie-download = Download ({ $size })
movie-chapter = Chapter { $number }
movie-cut-short = The file of this film is incomplete: the film stops before its end.
movie-damaged = The file of this film is damaged, and may not play to its end.
movie-incomplete = The file of this film is incomplete, and cannot be played.
movie-hopeless = This film does not play in browsers, but most media players can play it.

## Sharing a movie

share-button = Share
share-heading = Share this film
share-address = Address of this page
share-copy = Copy
share-more = Other ways…

## The embedded player

embed-open = opens its page on GinFlix in a new tab

## The page of a signed link

link-until = This link works until
link-expired-heading = This link has expired
link-expired = It worked until { $day }.
link-broken-heading = This link does not work
link-broken = A part of it is missing or was changed, perhaps when it was copied, or it is no longer valid.
link-removed-heading = This film is no longer here
link-removed = The link is valid, but its film was removed from the server.
link-ask = To watch the film, ask the person who sent the link for a new one.

## The player. Scripts get the messages with the prefix “player-”, too.

player-views = { $count ->
     [one] { $count } view
    *[other] { $count } views
}
player-play = Play
player-pause = Pause
player-mute = Mute
player-unmute = Unmute
player-full-screen = Full screen
player-show-left = Show the time left
controls-player = Player
controls-label = Player controls
controls-no-video = This browser cannot play films in a page.
controls-open-file = Open the file itself
controls-needs-script = This film needs JavaScript to play here.
controls-play-movie = Play { $title }
controls-continue = Continue
controls-start-over = Start over
controls-up-next = Up next
controls-play-now = Play now
controls-try-again = Try again
controls-reload = Load the page again
controls-download = Download the file
controls-chapters = Chapters
controls-subtitles = Subtitles
controls-timing = Timing
controls-earlier = Subtitles earlier
controls-later = Subtitles later
controls-settings = Settings
controls-audio = Audio
controls-speed = Speed
controls-play-next = Play the next film by itself
controls-single-keys = Single-letter keys
controls-position = Position
controls-back = Back 10 seconds
controls-forward = Forward 10 seconds
controls-next = Next: { $title }
controls-volume = Volume
controls-picture-in-picture = Picture in picture

## How subtitles look

caption-appearance = Appearance
caption-size = Size
caption-small = Small
caption-medium = Medium
caption-large = Large
caption-very-large = Very large
caption-color = Colour
caption-white = White
caption-yellow = Yellow
caption-cyan = Cyan
caption-green = Green
caption-background = Background
caption-solid = Solid
caption-translucent = Translucent
caption-none = None
caption-edge = Edges
caption-outline = Outline
caption-shadow = Shadow
caption-font = Font
caption-sans = Sans serif
caption-serif = Serif
caption-mono = Monospace
caption-reset = Reset appearance

## The list of keys

shortcuts-heading = Keyboard shortcuts
shortcuts-close = Close
shortcuts-to = to
key-space = Space
key-home = Home
key-end = End
key-shift = Shift
shortcuts-play = Play or pause
shortcuts-seek-5 = Back or forward 5 seconds
shortcuts-seek-10 = Back or forward 10 seconds
shortcuts-picture = Previous or next picture
shortcuts-tenths = Go to 0 % to 90 %
shortcuts-edges = Go to the start or the end
shortcuts-volume = Volume up or down
shortcuts-mute = Mute or unmute
shortcuts-speed = Slower or faster
shortcuts-subtitles = Show or hide subtitles
shortcuts-audio = Next audio track
shortcuts-chapter = Previous or next chapter
shortcuts-movie = Previous or next film of the collection
shortcuts-list = Show this list

## Scripts: requests that fail

script-error-unreachable = The server cannot be reached. Check the connection and try again.
script-error-connection-lost = The connection to the server was lost.
script-error-status = The server responded with status { $status } and gave no reason. Try again in a moment.
script-error-request = { $message } (request { $id })
script-error-unauthenticated = Your session has ended. Log in again in another tab, then try once more here.
script-error-precondition-failed = Somebody else has changed this in the meantime. Reload the page to see it as it is now.
script-error-forbidden = Your account may not do this.
script-error-not-found = This is no longer on the server. Reload the page.
script-error-locked = Another request is working on this. Try again in a moment.
script-error-too-many-requests = Too many attempts. Try again in a minute.
script-error-checksum-mismatch = Some data was damaged on the way. Try again.
script-error-unavailable = A part of the service is not available right now. Try again in a moment.
script-error-internal = Something went wrong on the server.
script-error-invalid = { $detail }
script-error-conflict = { $detail }
script-error-in-use = { $detail }
script-error-too-large = { $detail }
script-error-unsupported-type = { $detail }
script-error-damaged = { $detail }
script-error-too-many-uploads = { $detail }
script-error-no-space = { $detail }
script-error-wrong-password = The name or the password is wrong.

## Scripts: movies and files

script-remove = Remove
script-removed = “{ $name }” was removed.
script-failure-of = { $name }: { $message }
script-remove-movie = Remove this movie?
script-remove-movie-text = “{ $title }” is removed from the catalogue. Its file stays on the server, and its views stay in the report.
script-remove-file = Remove this file?
script-remove-file-text = “{ $name }” is deleted from the server. This cannot be undone.
script-file-in-use = This file is still in use
script-file-in-use-text = A movie plays “{ $name }”. If you remove the file, that movie can no longer be played.
script-remove-anyway = Remove anyway
script-folders = Folders cannot be uploaded. Drop the files in them instead.
script-chosen-poster = The chosen poster
script-subtitles-default = default
script-subtitles-forced = forced
script-subtitles-impaired = hearing impaired
script-subtitles-remove = Remove the subtitles { $name }
script-subtitles-purposes = { $language } ({ $purposes })
script-language-unknown = Unknown language

## Scripts: the player

script-paused = Paused
script-playing = Playing
script-percent = { $percent } %
script-volume = Volume { $percent } %
script-start = Start
script-end = End
script-next-picture = Next picture
script-previous-picture = Previous picture
script-sound-off = Sound off
script-sound-on = Sound on
script-rate = { $rate }×
script-speed = Speed { $rate }×
script-position = { $at } of { $length }
script-show-played = Show the time played
script-leave-full-screen = Leave full screen
script-chapter = Chapter { $number }: { $title }
script-last-chapter = Last chapter
script-audio = Audio: { $name }
script-audio-default = { $name } (default)
script-audio-not-here = { $name } ({ $codec } does not play here)
script-no-other-audio = No other audio
script-track = Track { $number }
script-mono = Mono
script-stereo = Stereo
script-channels = { $count } channels
script-off = Off
script-subtitles = Subtitles: { $name }
script-subtitles-off = Subtitles off
script-subtitles-number = Subtitles { $number }
script-no-subtitles = No subtitles
script-no-next-movie = No next film
script-no-previous-movie = No previous film
script-stopped-at = You stopped at { $time }.
script-continued-at = Continued at { $time }
script-up-next = Up next: { $title }
script-up-next-in = Up next in { $seconds } seconds: { $title }
script-starts-in = Starts in { $seconds } s
script-loading = Loading…
script-loading-slowly = The film is loading slowly. It goes on by itself.
script-share-start = Start at { $time }
script-share-copied = Copied.
script-share-selected = The address is selected, and can be copied now.

## Scripts: what does not play

script-no-picture = This browser cannot show the picture of this film, which is { $codec }: you would only hear it.
script-shown-by = { $browsers } can show it.
script-no-sound = This browser cannot play the sound of this film, which is { $codec }: you would only see it.
script-heard-in = { $browsers } can play it.
script-no-play = This browser cannot play this film.
script-played-by = { $browsers } can play it.
script-no-hls-js = This browser needs hls.js to play this film, which is missing on this server: it was built without npm. The administrator can install npm and build it again.
script-trouble-preparing = The film is being prepared
script-trouble-preparing-soon = It starts by itself in a moment. Only the first viewer has to wait.
script-trouble-preparing-help = The server did not finish in time. Wait a few minutes and try again.
script-trouble-expired = This page has been open for too long
script-trouble-expired-help = Its link to the film is no longer valid. Load the page again: the film continues at the same place.
script-trouble-gone = The file of this movie is missing on the server
script-trouble-gone-help = The movie is in the catalogue, but its file is not on the server. The administrator can upload it again.
script-trouble-denied = You may not watch this film
script-trouble-denied-help = Your session may have ended. Load the page again, and log in if you are asked to: the film continues at the same place.
script-trouble-server = The server cannot send this film right now
script-trouble-server-help = The page tries again by itself, and the film continues at the same place. If this lasts, tell the administrator.
script-trouble-network = The connection to the server was lost
script-trouble-network-help = The page tries again by itself, and the film continues at the same place.
script-trouble-format = This browser cannot play this film
script-trouble-format-help = This browser does not support the film’s format or codec. Another browser may play it, and most media players can. MP4 with H.264 and AAC plays everywhere.
script-trouble-broken = The film could not be decoded
script-trouble-broken-help = The file may be damaged, or use a codec that this browser supports only partly. Try again, or use another browser.
script-trouble-picture = This browser cannot show the picture of this film
script-trouble-picture-help = It can play only the sound. Another browser may show the picture, and most media players can.

## Scripts: uploads

script-upload-listed = { $name } is already in the list.
script-upload-unlist = Remove from the list
script-upload-empty = This file is empty.
script-upload-extension = The name of the file needs an extension, such as .mp4.
script-upload-forgotten = The server no longer has this upload: it rejected the file, or the upload was cancelled or has expired. Choose the file again to start over.
script-upload-on-server = { $sent } of { $size } are on the server.
script-upload-resume-question = { $reason } Resume the upload?
script-upload-choose-again = { $reason } Choose { $name } again to resume the upload.
script-upload-moved = The file is no longer where it was.
script-upload-changed = { $name } was changed since then: it had { $size } and was last changed on { $day }. Choose the original file, or cancel and start over.
script-upload-other-file = { $other } is another file. This upload is of { $name }, { $size }. Choose the original file, or cancel and start over.
script-upload-choose = Choose the file
script-upload-resume = Resume
script-upload-pause = Pause
script-upload-cancel = Cancel
script-upload-try-again = Try again
script-upload-try-now = Try now
script-upload-queued = Waiting for other uploads.
script-upload-starting = Starting.
script-upload-paused = Paused.
script-upload-paused-at = Paused at { $sent } of { $size }.
script-upload-done = Done: { $size }.
script-upload-done-verified = Done: { $size }, checksums verified.
script-upload-add = Add as movie
script-upload-exists = There is already a file named { $name } on the server.
script-upload-replace = Replace the file on the server
script-upload-publish-damaged = Publish it all the same
script-upload-retrying = { $reason } Trying again.
script-upload-checking = All sent. The server is checking the file.
script-upload-sent = { $sent } of { $size }
script-upload-pace = { $progress }, { $speed }/s, { $time } left
script-upload-total = { $count ->
     [one] { $count } file left: { $progress }
    *[other] { $count } files left: { $progress }
}
script-upload-name-taken = Another file has taken this name in the meantime.
script-upload-unreadable = The file cannot be read any more, because it was changed, moved or deleted on this computer.

## Around a movie

related-title = You may also like

## Scripts: search and lists

script-search-results = Movies found
script-search-running = Searching…
script-search-failed = The search does not work right now. Check the connection, or press Enter to try again.
script-search-nothing = Nothing found for “{ $words }”. Try fewer or other words: a title, a person, a genre or a year.
script-search-all = Show all results
script-search-count = { $count ->
     [one] { $count } movie found. Use the arrow keys to choose.
    *[other] { $count } movies found. Use the arrow keys to choose.
}
script-search-count-more = { $count } or more movies found. Use the arrow keys to choose.
script-try-again = Try again
script-more-failed = The next ones could not be loaded. Check the connection and try again.
script-listed = Added to your list.
script-unlisted = Removed from your list.
script-marked = Marked as watched.
script-unmarked = Not marked as watched any more, and removed from your history.

## Scripts: the account

script-password-changed = Your password was changed.
script-password-wrong = The current password is not right.
script-session-ended = That session was ended.
script-sessions-ended = All other sessions were ended.
script-clear-history = Clear your history?
script-clear-history-text = The server forgets what you have watched and where you stopped, on all devices. Your list stays.
script-clear-history-yes = Clear history
script-history-cleared = Your history was cleared.
