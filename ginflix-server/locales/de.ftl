### The German messages of the pages. Each key is in all languages, with the same values.
# Ohne Anrede: weder „du“ noch „Sie“, sondern „Bitte …“ mit Infinitiv. Zwischen Zahl und Einheit steht ein geschütztes Leerzeichen.

## Every page

skip-to-content = Zum Inhalt springen
home-label = GinFlix, Startseite
search-label = Filme suchen
search-placeholder = Titel, Personen, Genres
account-label = Konto
admin-link = Admin
logged-in-as = Angemeldet als { $name }
log-in = Anmelden
log-out = Abmelden
own-list-link = Meine Liste
own-account-link = Eigenes Konto:
language-label = Sprache
theme-label = Farbschema
theme-system = System
theme-light = Hell
theme-dark = Dunkel
catalogue-away = Die Datenbank des Katalogs ist gerade nicht erreichbar. Diese Seite zeigt den Stand von vor { $age }. Filme laufen weiter, aber Änderungen sind erst wieder möglich, wenn die Datenbank zurück ist.
next-page = Nächste Seite
nothing-found = Nichts gefunden
show-all-movies = Alle Filme anzeigen
collection-count = { $count ->
     [one] { $count } Sammlung
    *[other] { $count } Sammlungen
}
movie-count = { $count ->
     [one] { $count } Film
    *[other] { $count } Filme
}
upload-a-movie = Film hochladen
no-script-edit = Für Änderungen ist JavaScript nötig, das in diesem Browser ausgeschaltet ist. Ohne JavaScript geht es auf der Kommandozeile:

## Dates, sizes and durations. Units and the order of a date are those of CLDR.

date = { $day }. { $month ->
         [1] Januar
         [2] Februar
         [3] März
         [4] April
         [5] Mai
         [6] Juni
         [7] Juli
         [8] August
         [9] September
         [10] Oktober
         [11] November
        *[12] Dezember
    } { $year }
size-bytes = { $value } B
size-kilobytes = { $value } kB
size-megabytes = { $value } MB
size-gigabytes = { $value } GB
size-terabytes = { $value } TB
duration-seconds = { $seconds } Sek.
duration-minutes = { $minutes } Min.
duration-hours = { $hours } Std.
duration-hours-minutes = { $hours } Std. { $minutes } Min.

## The log-in

login-heading = Anmelden
login-needs-script = Zum Anmelden ist JavaScript nötig, das in diesem Browser ausgeschaltet ist.
login-name = Name
login-password = Passwort
login-submit = Anmelden
login-hint = Das Passwort für die Verwaltung wurde angezeigt, als der Cluster mit diesem Befehl gestartet wurde:

## Errors

error-heading-log-in = Bitte anmelden
error-heading-forbidden = Mit diesem Konto nicht erlaubt
error-heading-not-found = Seite nicht gefunden
error-heading-not-supported = Das wird nicht unterstützt
error-heading-too-many = Zu viele Versuche
error-heading-unavailable = Zurzeit nicht verfügbar
error-heading-internal = Etwas ist schiefgegangen
error-heading-other = Das kann nicht angezeigt werden
error-invalid = Die Adresse dieser Seite ist ungültig.
error-forbidden = Diese Seite ist der Verwaltung vorbehalten. Zum Öffnen bitte mit einem Konto anmelden, das GinFlix verwalten darf.
error-not-found = Unter dieser Adresse gibt es nichts. Vielleicht wurde der Inhalt entfernt, oder die Adresse enthält einen Tippfehler.
error-gone = Dieser Link ist abgelaufen. Ein neuer ist bei der Verwaltung erhältlich.
error-too-many = { $seconds ->
     [one] Ein neuer Versuch ist in { $seconds } Sekunde möglich.
    *[other] Ein neuer Versuch ist in { $seconds } Sekunden möglich.
}
error-misdirected = Unter dieser Adresse gibt es nur Streams; die Seiten sind unter der Adresse der Website zu finden.
error-unavailable = Der Dienst startet gerade, oder er erreicht seinen Katalog nicht.
error-internal = Der Server konnte diese Seite nicht erstellen.
error-other = Der Server kann diese Anfrage nicht beantworten.
error-temporary = Es geht nichts verloren, und laufende Filme werden nicht unterbrochen. Bitte gleich noch einmal versuchen.
error-try-again = Noch einmal versuchen
error-go-home = Zum Katalog
error-request-id = Wenn das wieder vorkommt, hilft der Verwaltung diese Kennung, die im Protokoll zur Ursache führt:

## A collection

collection-empty = Diese Sammlung ist noch leer
collection-empty-hint = Filme lassen sich auf der Kommandozeile hinzufügen:

## Cards of movies

card-removal-row = „{ $title }“ aus dieser Reihe entfernen
card-removal-history = „{ $title }“ aus dem Verlauf entfernen
card-removal-list = „{ $title }“ von der Liste entfernen

## What was watched. Scripts get the messages with the prefix “watching-”, too.

watching-watched = Gesehen
watching-so-far = Bisher gesehen
watching-left = Noch { $time }
watching-on-list = Auf meiner Liste
watching-add-to-list = Zu meiner Liste hinzufügen
watching-mark = Als gesehen markieren

## The home page

home-popular = In dieser Woche beliebt
home-new = Neu
home-newest = Neu
home-week = In dieser Woche am meisten gesehen
home-continue = Weiterschauen
home-browse = Stöbern
home-sort = Sortieren und filtern
see-all = Alle anzeigen
all-movies = Alle Filme

## Lists of movies

catalog-year = Filme aus dem Jahr { $year }
catalog-genre-year = { $genre }, { $year }
catalog-results = Ergebnisse für „{ $words }“
catalog-search-title = { $words } · Suche
catalog-count-more = { $count ->
     [one] { $count } Film und mehr
    *[other] { $count } Filme und mehr
}
catalog-skip-filters = Zu den Filmen springen
catalog-order = Reihenfolge
catalog-all-years = Alle Jahre
catalog-all-genres = Alle Genres
catalog-show = Anzeigen
catalog-show-more = Mehr anzeigen
sort-best = Beste Treffer
sort-newest = Neueste
sort-title = Titel
sort-views = Meistgesehen
sort-week = Diese Woche
catalog-none = { $filters ->
     [genre] Im Genre { $genre } gibt es keinen Film.
     [year] Aus dem Jahr { $year } gibt es keinen Film.
     [both] Im Genre { $genre } gibt es keinen Film aus dem Jahr { $year }.
    *[none] Hier gibt es keinen Film.
}
catalog-none-hint = Vielleicht gibt es etwas in einem anderen Jahr oder Genre, oder unter allen Filmen.
catalog-no-match = { $filters ->
     [genre] Im Genre { $genre } passt kein Film zu „{ $words }“.
     [year] Kein Film aus dem Jahr { $year } passt zu „{ $words }“.
     [both] Im Genre { $genre } passt kein Film aus dem Jahr { $year } zu „{ $words }“.
    *[none] Kein Film passt zu „{ $words }“.
}
catalog-no-match-hint = Suchen lässt sich nach Titel, Person, Genre oder Jahr: Vielleicht helfen weniger oder andere Wörter.
catalog-search-everywhere = In allen Filmen suchen

## A catalogue without movies

empty-heading = Hier gibt es noch keine Filme
empty-upload = Einen Film hochladen und ihm einen Titel geben: Schon läuft er hier.
empty-command = Oder auf der Kommandozeile, wo sich ein ganzer Ordner auf einmal hochladen lässt:
empty-viewer = Sobald der erste hinzugefügt ist, erscheint er hier.

## All collections

collections-heading = Sammlungen
collections-empty = Es gibt noch keine Sammlungen
collections-empty-hint = Eine Sammlung ist eine Liste von Filmen, die zusammengehören, etwa eine Serie oder ein Kurs.
collections-add-hint = Auf der Kommandozeile lässt sich eine anlegen:

## The history and the list

history-heading = Verlauf
own-movies-label = Eigene Filme
history-empty = Noch nichts angesehen
history-empty-hint = Angesehene Filme erscheinen hier, auf allen Geräten, auf denen dieses Konto angemeldet ist. Sonst sieht sie niemand.
list-empty = Die Liste ist leer
list-empty-hint = Mit „Zu meiner Liste hinzufügen“ auf der Seite eines Films erscheint er hier, auf allen Geräten, auf denen dieses Konto angemeldet ist.

## The account

account-role-admin = Verwaltungskonto
account-role-viewer = Zuschauerkonto
account-since = Konto seit dem { $day }
account-needs-script = Für Änderungen auf dieser Seite ist JavaScript nötig, das in diesem Browser ausgeschaltet ist.
account-sessions = Aktive Anmeldungen
session-this-browser = Dieser Browser
session-end = Dort abmelden
session-end-others = Überall sonst abmelden
session-began = Angemeldet am { $began }
session-began-used = Angemeldet am { $began }, zuletzt benutzt am { $used }
session-unknown = Unbekannter Browser
session-command = Der Befehl ginflix
session-some-browser = Ein Browser
session-browser = { $browser } { $system ->
     [iPhone] auf einem iPhone
     [iPad] auf einem iPad
    *[other] unter { $system }
}
account-password = Passwort ändern
account-password-current = Aktuelles Passwort
account-password-new = Neues Passwort
account-password-hint = Mindestens 10 Zeichen. Gut sind mehrere Wörter, die nicht zusammengehören, oder ein Passwort aus einem Passwortmanager. Dieser Browser bleibt angemeldet, alle anderen werden abgemeldet.
account-password-submit = Passwort ändern
account-privacy = Gespeicherte Daten
account-privacy-text = Zu jedem angesehenen Film speichert dieser Server, bis wohin er gesehen wurde, ob das Ende erreicht wurde und wann er zuletzt lief. Auch die Liste wird gespeichert, ebenso Sprache und Farbschema, wenn sie gewählt wurden. Andere sehen nichts davon. Es gehört zu den Backups der Verwaltung.
account-clear-history = Verlauf löschen

## The pages of administrators

admin-label = Verwaltung
confirm-keep = Behalten
remove = Entfernen
edit = Bearbeiten
watch = Ansehen
cancel = Abbrechen
save = Speichern
column-title = Titel
column-file = Datei
column-type = Typ
column-length = Dauer
column-size = Größe
column-views = Aufrufe
column-added = Hinzugefügt
column-actions = Aktionen
views-unit = { $count ->
     [one] Aufruf
    *[other] Aufrufe
}

## The list of movies

movies-heading = Filme
movies-find = In der Liste suchen
movies-find-submit = Suchen
movie-add = Film hinzufügen
movies-empty = Noch keine Filme
movies-empty-hint = Zuerst einen Film hochladen und ihn dann in den Katalog aufnehmen.
movies-no-match = Kein Film passt zu „{ $words }“.
file-missing = fehlt

## Files and uploads

media-heading = Dateien und Uploads
media-choose = Filme auswählen
media-drop = oder hier ablegen
media-hint = MP4 mit H.264 und AAC läuft in jedem Browser. Uploads überstehen eine unterbrochene Verbindung, das Neuladen dieser Seite und einen Neustart des Servers.
media-needs-script = Zum Hochladen ist hier JavaScript nötig. Ohne JavaScript geht es auf der Kommandozeile:
uploads-label = Uploads
upload-progress = Fortschritt des Uploads
problems-heading = Nicht aufgenommen
problems-hint = Diese Dateien liegen auf dem Server, sind aber nicht nutzbar. Jede erscheint etwa eine Minute nach der Behebung ihres Problems in der Liste.
problem-server = auf { $server }
files-empty = Noch keine Dateien
files-empty-hint = Eine Datei erscheint hier, sobald sie vollständig hochgeladen ist. Danach lässt sie sich als Film in den Katalog aufnehmen.
files-label = Dateien
file-remedy = Dieser Befehl erstellt eine Kopie, die überall läuft:
file-add = Als Film hinzufügen
file-in-library = In einer Bibliothek
file-gone = Fehlt in der Bibliothek
plays-unknown = Unbekanntes Format
plays-nowhere = Läuft in keinem Browser
plays-on-some-devices = Läuft nur auf manchen Geräten
plays-perhaps-not = Läuft eventuell nicht in { $browsers }
plays-not = Läuft nicht in { $browsers }
plays-only = Läuft nur in { $browsers }
two-names = { $first } und { $second }
file-damaged = Beschädigt: { $reason }

## The form of a movie

form-no-files-hint = Ein Film im Katalog spielt eine Datei auf dem Server ab. Zuerst die Datei hochladen und sie dann als Film hinzufügen.
form-title = Titel
form-file = Datei
form-year = Jahr
form-description = Beschreibung
form-genres = Genres
form-genres-hint = Mehrere Genres durch Kommas trennen: Drama, Dokumentarfilm
form-directors = Regie
form-cast = Mit
form-one-name = Ein Name pro Zeile
form-series-part = Teil einer Serie
form-series = Serie
form-season = Staffel
form-season-hint = 0 für Sonderfolgen
form-episode = Folge
form-add = Film hinzufügen
form-poster = Poster
form-no-poster = Kein Poster
form-poster-hint = JPEG, PNG oder WebP, hochkant (2:3), höchstens { $limit }. Ohne Poster zeigt GinFlix ein erzeugtes Bild.
form-poster-remove = Poster entfernen
form-subtitles = Untertitel
form-subtitles-add = Untertitel hinzufügen
form-subtitles-hint = SubRip, WebVTT oder SubStation Alpha. Der Dateiname nennt die Sprache: film.de.srt, film.pt-BR.forced.srt

## The page of a movie

movie-collections = Sammlungen
movie-position = { $position } von { $count }
movie-previous = Voriger
movie-next = Nächster
movie-edit = Diesen Film bearbeiten
movie-download = Herunterladen ({ $size })
movie-chapter = Kapitel { $number }
movie-cut-short = Die Datei dieses Films ist unvollständig: Der Film bricht vor dem Ende ab.
movie-damaged = Die Datei dieses Films ist beschädigt und läuft eventuell nicht bis zum Ende.
movie-incomplete = Die Datei dieses Films ist unvollständig und nicht abspielbar.
movie-hopeless = Dieser Film läuft in keinem Browser, aber in den meisten Videoplayern.

## Sharing a movie

share-button = Teilen
share-heading = Diesen Film teilen
share-address = Adresse dieser Seite
share-copy = Kopieren
share-more = Andere Wege …

## The embedded player

embed-open = öffnet die Seite bei GinFlix in einem neuen Tab

## The page of a signed link

link-until = Dieser Link gilt bis
link-expired-heading = Dieser Link ist abgelaufen
link-expired = Er galt bis { $day }.
link-broken-heading = Dieser Link funktioniert nicht
link-broken = Ein Teil davon fehlt oder wurde verändert, vielleicht beim Kopieren, oder er gilt nicht mehr.
link-removed-heading = Dieser Film ist nicht mehr hier
link-removed = Der Link ist gültig, aber der Film wurde vom Server entfernt.
link-ask = Einen neuen Link zu diesem Film gibt es bei der Person, die diesen geschickt hat.

## The player. Scripts get the messages with the prefix “player-”, too.

player-views = { $count ->
     [one] { $count } Aufruf
    *[other] { $count } Aufrufe
}
player-play = Abspielen
player-pause = Pause
player-mute = Ton aus
player-unmute = Ton an
player-full-screen = Vollbild
player-show-left = Restzeit anzeigen
controls-player = Player
controls-label = Steuerung des Players
controls-no-video = Dieser Browser kann auf einer Seite keine Filme abspielen.
controls-open-file = Die Datei selbst öffnen
controls-needs-script = Um diesen Film hier abzuspielen, ist JavaScript nötig.
controls-play-movie = „{ $title }“ abspielen
controls-continue = Fortsetzen
controls-start-over = Von vorn
controls-up-next = Als Nächstes
controls-play-now = Jetzt abspielen
controls-try-again = Erneut versuchen
controls-reload = Seite neu laden
controls-download = Datei herunterladen
controls-chapters = Kapitel
controls-subtitles = Untertitel
controls-timing = Zeitversatz
controls-earlier = Untertitel früher
controls-later = Untertitel später
controls-settings = Einstellungen
controls-audio = Tonspur
controls-speed = Geschwindigkeit
controls-play-next = Nächsten Film automatisch abspielen
controls-single-keys = Tastenkürzel mit einem Zeichen
controls-position = Position
controls-back = 10 Sekunden zurück
controls-forward = 10 Sekunden vor
controls-next = Als Nächstes: { $title }
controls-volume = Lautstärke
controls-picture-in-picture = Bild im Bild

## How subtitles look

caption-appearance = Darstellung
caption-size = Größe
caption-small = Klein
caption-medium = Mittel
caption-large = Groß
caption-very-large = Sehr groß
caption-color = Farbe
caption-white = Weiß
caption-yellow = Gelb
caption-cyan = Cyan
caption-green = Grün
caption-background = Hintergrund
caption-solid = Deckend
caption-translucent = Getönt
caption-none = Ohne
caption-edge = Rand
caption-outline = Umriss
caption-shadow = Schatten
caption-font = Schriftart
caption-sans = Ohne Serifen
caption-serif = Mit Serifen
caption-mono = Feste Breite
caption-reset = Darstellung zurücksetzen

## The list of keys

shortcuts-heading = Tastenkürzel
shortcuts-close = Schließen
shortcuts-to = bis
key-space = Leertaste
key-home = Pos1
key-end = Ende
key-shift = Umschalt
shortcuts-play = Abspielen oder anhalten
shortcuts-seek-5 = 5 Sekunden zurück oder vor
shortcuts-seek-10 = 10 Sekunden zurück oder vor
shortcuts-picture = Voriges oder nächstes Bild
shortcuts-tenths = Zu 0 % bis 90 % des Films
shortcuts-edges = Zum Anfang oder zum Ende
shortcuts-volume = Lauter oder leiser
shortcuts-mute = Ton aus oder an
shortcuts-speed = Langsamer oder schneller
shortcuts-subtitles = Untertitel ein- oder ausblenden
shortcuts-audio = Nächste Tonspur
shortcuts-chapter = Voriges oder nächstes Kapitel
shortcuts-movie = Voriger oder nächster Film der Sammlung
shortcuts-list = Diese Liste anzeigen

## Scripts: requests that fail

script-error-unreachable = Der Server ist nicht erreichbar. Bitte die Verbindung prüfen und erneut versuchen.
script-error-connection-lost = Die Verbindung zum Server ist abgebrochen.
script-error-status = Der Server hat mit dem Status { $status } geantwortet und keinen Grund genannt. Bitte gleich noch einmal versuchen.
script-error-request = { $message } (Anfrage { $id })
script-error-unauthenticated = Die Sitzung ist beendet. Bitte in einem anderen Tab neu anmelden und es hier noch einmal versuchen.
script-error-precondition-failed = Inzwischen hat jemand anders etwas geändert. Nach dem Neuladen zeigt die Seite den aktuellen Stand.
script-error-forbidden = Mit diesem Konto ist das nicht erlaubt.
script-error-not-found = Das gibt es auf dem Server nicht mehr. Bitte die Seite neu laden.
script-error-locked = Daran arbeitet gerade eine andere Anfrage. Bitte gleich noch einmal versuchen.
script-error-too-many-requests = Zu viele Versuche. Bitte in einer Minute noch einmal versuchen.
script-error-checksum-mismatch = Ein Teil der Daten wurde unterwegs beschädigt. Bitte noch einmal versuchen.
script-error-unavailable = Ein Teil des Dienstes ist gerade nicht verfügbar. Bitte gleich noch einmal versuchen.
script-error-internal = Auf dem Server ist etwas schiefgegangen.
script-error-invalid = Die Angaben werden nicht angenommen. Antwort des Servers: { $detail }
script-error-conflict = Das widerspricht etwas, das es schon gibt. Antwort des Servers: { $detail }
script-error-in-use = Das wird noch verwendet. Antwort des Servers: { $detail }
script-error-too-large = Das ist zu groß. Antwort des Servers: { $detail }
script-error-unsupported-type = Dieser Dateityp wird nicht angenommen. Antwort des Servers: { $detail }
script-error-damaged = Die Datei ist unvollständig oder beschädigt. Antwort des Servers: { $detail }
script-error-too-many-uploads = Es gibt zu viele unfertige Uploads. Antwort des Servers: { $detail }
script-error-no-space = Auf dem Server ist kein Platz mehr. Antwort des Servers: { $detail }
script-error-wrong-password = Name oder Passwort ist falsch.

## Scripts: movies and files

script-remove = Entfernen
script-removed = „{ $name }“ wurde entfernt.
script-failure-of = { $name }: { $message }
script-remove-movie = Diesen Film entfernen?
script-remove-movie-text = „{ $title }“ wird aus dem Katalog entfernt. Die Datei bleibt auf dem Server, und die Aufrufe bleiben im Bericht.
script-remove-file = Diese Datei entfernen?
script-remove-file-text = „{ $name }“ wird auf dem Server gelöscht. Das lässt sich nicht rückgängig machen.
script-file-in-use = Diese Datei wird noch verwendet
script-file-in-use-text = Ein Film im Katalog verwendet „{ $name }“. Ohne die Datei kann er nicht mehr abgespielt werden.
script-remove-anyway = Trotzdem entfernen
script-folders = Ordner lassen sich nicht hochladen. Bitte die Dateien daraus ablegen.
script-chosen-poster = Das gewählte Poster
script-subtitles-default = Standard
script-subtitles-forced = erzwungen
script-subtitles-impaired = für Hörgeschädigte
script-subtitles-remove = Untertitel { $name } entfernen
script-subtitles-purposes = { $language } ({ $purposes })
script-language-unknown = Unbekannte Sprache

## Scripts: the player

script-paused = Pause
script-playing = Wiedergabe
script-percent = { $percent } %
script-volume = Lautstärke { $percent } %
script-start = Anfang
script-end = Ende
script-next-picture = Nächstes Bild
script-previous-picture = Voriges Bild
script-sound-off = Ton aus
script-sound-on = Ton an
script-rate = { $rate }×
script-speed = Geschwindigkeit { $rate }×
script-position = { $at } von { $length }
script-show-played = Abgelaufene Zeit anzeigen
script-leave-full-screen = Vollbild beenden
script-chapter = Kapitel { $number }: { $title }
script-last-chapter = Letztes Kapitel
script-audio = Tonspur: { $name }
script-audio-default = { $name } (Standard)
script-audio-not-here = { $name } ({ $codec } läuft hier nicht)
script-no-other-audio = Keine andere Tonspur
script-track = Spur { $number }
script-mono = Mono
script-stereo = Stereo
script-channels = { $count } Kanäle
script-off = Aus
script-subtitles = Untertitel: { $name }
script-subtitles-off = Untertitel aus
script-subtitles-number = Untertitel { $number }
script-no-subtitles = Keine Untertitel
script-no-next-movie = Kein nächster Film
script-no-previous-movie = Kein voriger Film
script-stopped-at = Zuletzt bis { $time } gesehen.
script-continued-at = Fortgesetzt bei { $time }
script-up-next = Als Nächstes: { $title }
script-up-next-in = Als Nächstes in { $seconds } Sekunden: { $title }
script-starts-in = Start in { $seconds } Sek.
script-loading = Wird geladen …
script-loading-slowly = Der Film lädt langsam. Er läuft von selbst weiter.
script-share-start = Ab { $time } abspielen
script-share-copied = Kopiert.
script-share-selected = Die Adresse ist markiert und kann jetzt kopiert werden.

## Scripts: what does not play

script-no-picture = Dieser Browser kann das Bild dieses Films im Format { $codec } nicht zeigen: Nur der Ton wäre zu hören.
script-shown-by = In { $browsers } ist es zu sehen.
script-no-sound = Dieser Browser kann den Ton dieses Films im Format { $codec } nicht abspielen: Nur das Bild wäre zu sehen.
script-heard-in = In { $browsers } ist er zu hören.
script-no-play = Dieser Browser kann diesen Film nicht abspielen.
script-played-by = In { $browsers } läuft er.
script-no-hls-js = Dieser Browser braucht für diesen Film hls.js, das auf diesem Server fehlt: Er wurde ohne npm gebaut. Die Verwaltung kann npm installieren und ihn neu bauen.
script-trouble-preparing = Der Film wird vorbereitet
script-trouble-preparing-soon = Er startet gleich von selbst. Nur beim ersten Abspielen ist eine Wartezeit nötig.
script-trouble-preparing-help = Der Server ist nicht rechtzeitig fertig geworden. Bitte in einigen Minuten noch einmal versuchen.
script-trouble-expired = Diese Seite war zu lange geöffnet
script-trouble-expired-help = Der Link zum Film ist nicht mehr gültig. Bitte die Seite neu laden: Der Film läuft an derselben Stelle weiter.
script-trouble-gone = Die Datei dieses Films fehlt auf dem Server
script-trouble-gone-help = Der Film steht im Katalog, aber seine Datei ist nicht auf dem Server. Die Verwaltung kann sie neu hochladen.
script-trouble-denied = Kein Zugriff auf diesen Film
script-trouble-denied-help = Vielleicht ist die Sitzung beendet. Bitte die Seite neu laden und bei Bedarf neu anmelden: Der Film läuft an derselben Stelle weiter.
script-trouble-server = Der Server kann diesen Film gerade nicht senden
script-trouble-server-help = Die Seite versucht es von selbst erneut, und der Film läuft an derselben Stelle weiter. Hält das an, bitte der Verwaltung Bescheid geben.
script-trouble-network = Die Verbindung zum Server ist abgebrochen
script-trouble-network-help = Die Seite versucht es von selbst erneut, und der Film läuft an derselben Stelle weiter.
script-trouble-format = Dieser Browser kann diesen Film nicht abspielen
script-trouble-format-help = Dieser Browser unterstützt das Format oder den Codec nicht. Vielleicht läuft der Film in einem anderen Browser, und die meisten Videoplayer können ihn abspielen. MP4 mit H.264 und AAC läuft überall.
script-trouble-broken = Der Film konnte nicht dekodiert werden
script-trouble-broken-help = Vielleicht ist die Datei beschädigt, oder dieser Browser unterstützt ihren Codec nur teilweise. Bitte erneut versuchen oder die Datei herunterladen.
script-trouble-picture = Dieser Browser kann das Bild dieses Films nicht zeigen
script-trouble-picture-help = Er kann nur den Ton abspielen. Vielleicht läuft der Film in einem anderen Browser, und die meisten Videoplayer können ihn abspielen.

## Scripts: uploads

script-upload-listed = { $name } steht schon in der Liste.
script-upload-unlist = Aus der Liste entfernen
script-upload-empty = Diese Datei ist leer.
script-upload-extension = Der Dateiname braucht eine Endung wie .mp4.
script-upload-forgotten = Der Server hat diesen Upload nicht mehr: Er hat die Datei abgelehnt, oder der Upload wurde abgebrochen oder ist abgelaufen. Um neu zu beginnen, bitte die Datei noch einmal auswählen.
script-upload-on-server = { $sent } von { $size } sind auf dem Server.
script-upload-resume-question = { $reason } Den Upload fortsetzen?
script-upload-choose-again = { $reason } Zum Fortsetzen bitte { $name } noch einmal auswählen.
script-upload-moved = Die Datei ist nicht mehr an ihrem Ort.
script-upload-changed = { $name } wurde inzwischen geändert: Die Datei hatte { $size } und wurde zuletzt am { $day } geändert. Bitte die ursprüngliche Datei auswählen, oder abbrechen und neu anfangen.
script-upload-other-file = { $other } ist eine andere Datei. Dieser Upload gehört zu { $name }, { $size }. Bitte die ursprüngliche Datei auswählen, oder abbrechen und neu anfangen.
script-upload-choose = Datei auswählen
script-upload-resume = Fortsetzen
script-upload-pause = Pause
script-upload-cancel = Abbrechen
script-upload-try-again = Erneut versuchen
script-upload-try-now = Jetzt versuchen
script-upload-queued = Wartet auf andere Uploads.
script-upload-starting = Wird gestartet.
script-upload-paused = Angehalten.
script-upload-paused-at = Angehalten bei { $sent } von { $size }.
script-upload-done = Fertig: { $size }.
script-upload-done-verified = Fertig: { $size }, Prüfsummen stimmen.
script-upload-add = Als Film hinzufügen
script-upload-exists = Auf dem Server gibt es schon eine Datei mit dem Namen { $name }.
script-upload-replace = Datei auf dem Server ersetzen
script-upload-publish-damaged = Trotzdem veröffentlichen
script-upload-retrying = { $reason } Ein neuer Versuch läuft.
script-upload-checking = Alles gesendet. Der Server prüft die Datei.
script-upload-sent = { $sent } von { $size }
script-upload-pace = { $progress }, { $speed }/s, noch { $time }
script-upload-total = { $count ->
     [one] Noch { $count } Datei: { $progress }
    *[other] Noch { $count } Dateien: { $progress }
}
script-upload-name-taken = Inzwischen trägt eine andere Datei diesen Namen.
script-upload-unreadable = Die Datei ist nicht mehr lesbar, weil sie auf diesem Gerät geändert, verschoben oder gelöscht wurde.

## Around a movie

related-title = Das könnte auch gefallen

## Scripts: search and lists

script-search-results = Gefundene Filme
script-search-running = Suche läuft …
script-search-failed = Die Suche ist gerade nicht möglich. Bitte die Verbindung prüfen oder es mit der Eingabetaste erneut versuchen.
script-search-nothing = Nichts gefunden für „{ $words }“. Vielleicht helfen weniger oder andere Wörter: ein Titel, eine Person, ein Genre oder ein Jahr.
script-search-all = Alle Ergebnisse anzeigen
script-search-count = { $count ->
     [one] { $count } Film gefunden. Auswahl mit den Pfeiltasten.
    *[other] { $count } Filme gefunden. Auswahl mit den Pfeiltasten.
}
script-search-count-more = { $count } Filme oder mehr gefunden. Auswahl mit den Pfeiltasten.
script-try-again = Erneut versuchen
script-more-failed = Die nächsten konnten nicht geladen werden. Bitte die Verbindung prüfen und erneut versuchen.
script-listed = Zur Liste hinzugefügt.
script-unlisted = Von der Liste entfernt.
script-marked = Als gesehen markiert.
script-unmarked = Nicht mehr als gesehen markiert und aus dem Verlauf entfernt.

## Scripts: the account

script-password-changed = Das Passwort wurde geändert.
script-password-wrong = Das aktuelle Passwort ist falsch.
script-session-ended = Die Sitzung wurde beendet.
script-sessions-ended = Alle anderen Sitzungen wurden beendet.
script-clear-history = Den Verlauf löschen?
script-clear-history-text = Der Server vergisst auf allen Geräten, welche Filme angesehen wurden und bis wohin. Die Liste bleibt.
script-clear-history-yes = Verlauf löschen
script-history-cleared = Der Verlauf wurde gelöscht.
