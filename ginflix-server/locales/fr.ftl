### The French messages of the pages. Each key is in all languages, with the same values.
# Vouvoiement. Espace insécable avant « : » et dans les guillemets, espace fine insécable avant « ; ! ? ».

## Every page

skip-to-content = Aller au contenu
home-label = GinFlix, accueil
search-label = Rechercher des films
search-placeholder = Titres, personnes, genres
account-label = Compte
admin-link = Admin
logged-in-as = Session de { $name }
log-in = Connexion
log-out = Déconnexion
own-list-link = Ma liste
own-account-link = Votre compte :
language-label = Langue
theme-label = Thème
theme-system = Système
theme-light = Clair
theme-dark = Sombre
catalogue-away = La base de données du catalogue est injoignable pour le moment. Cette page date d’il y a { $age }. Les films restent lisibles, mais aucune modification n’est possible avant le retour de la base de données.
next-page = Page suivante
nothing-found = Aucun résultat
show-all-movies = Afficher tous les films
collection-count = { $count ->
     [one] { $count } collection
    *[other] { $count } collections
}
movie-count = { $count ->
     [one] { $count } film
    *[other] { $count } films
}
upload-a-movie = Envoyer un film
no-script-edit = Les modifications nécessitent JavaScript, désactivé dans ce navigateur. Sans JavaScript, utilisez la ligne de commande :

## Dates, sizes and durations. Units and the order of a date are those of CLDR.

date = { $day ->
         [1] 1er
        *[other] { $day }
    } { $month ->
         [1] janvier
         [2] février
         [3] mars
         [4] avril
         [5] mai
         [6] juin
         [7] juillet
         [8] août
         [9] septembre
         [10] octobre
         [11] novembre
        *[12] décembre
    } { $year }
size-bytes = { $value } o
size-kilobytes = { $value } ko
size-megabytes = { $value } Mo
size-gigabytes = { $value } Go
size-terabytes = { $value } To
duration-seconds = { $seconds } s
duration-minutes = { $minutes } min
duration-hours = { $hours } h
duration-hours-minutes = { $hours } h { $minutes } min

## The log-in

login-heading = Connexion
login-needs-script = La connexion nécessite JavaScript, désactivé dans ce navigateur.
login-name = Nom
login-password = Mot de passe
login-submit = Se connecter
login-hint = Le mot de passe d’administration a été affiché au démarrage du cluster avec cette commande :

## Errors

error-heading-log-in = Connexion requise
error-heading-forbidden = Action non autorisée pour ce compte
error-heading-not-found = Page introuvable
error-heading-not-supported = Action non prise en charge
error-heading-too-many = Trop de tentatives
error-heading-unavailable = Indisponible pour le moment
error-heading-internal = Une erreur s’est produite
error-heading-other = Impossible d’afficher cette page
error-invalid = L’adresse de cette page n’est pas valide.
error-forbidden = Cette page est réservée à l’administration. Connectez-vous avec un compte autorisé à gérer GinFlix.
error-not-found = Il n’y a rien à cette adresse. Le contenu a peut-être été retiré, ou l’adresse contient une faute de frappe.
error-gone = Ce lien a expiré. Demandez-en un nouveau.
error-too-many = { $seconds ->
     [one] Réessayez dans { $seconds } seconde.
    *[other] Réessayez dans { $seconds } secondes.
}
error-misdirected = Cette adresse ne fournit que les flux des films ; les pages se trouvent à l’adresse du site.
error-unavailable = Le service démarre, ou son catalogue est injoignable.
error-internal = Le serveur n’a pas pu créer cette page.
error-other = Le serveur ne peut pas répondre à cette demande.
error-temporary = Rien n’est perdu, et les films en cours ne sont pas interrompus. Réessayez dans un instant.
error-try-again = Réessayer
error-go-home = Aller au catalogue
error-request-id = Si le problème persiste, transmettez à l’administration cet identifiant, qui mène à la cause dans le journal :

## A collection

collection-empty = Cette collection est encore vide
collection-empty-hint = Ajoutez-y des films en ligne de commande :

## Cards of movies

card-removal-row = Retirer « { $title } » de cette rangée
card-removal-history = Retirer « { $title } » de l’historique
card-removal-list = Retirer « { $title } » de votre liste

## What was watched. Scripts get the messages with the prefix “watching-”, too.

watching-watched = Vu
watching-so-far = Partie déjà vue
watching-left = Encore { $time }
watching-on-list = Dans ma liste
watching-add-to-list = Ajouter à ma liste
watching-mark = Marquer comme vu

## The home page

home-popular = Populaire cette semaine
home-new = Nouveau
home-newest = Nouveautés
home-week = Les plus vus cette semaine
home-continue = Reprendre la lecture
home-browse = Parcourir
home-sort = Trier et filtrer
see-all = Tout afficher
all-movies = Tous les films

## Lists of movies

catalog-year = Films de { $year }
catalog-genre-year = { $genre }, { $year }
catalog-results = Résultats pour « { $words } »
catalog-search-title = { $words } · Recherche
catalog-count-more = { $count ->
     [one] { $count } film et d’autres
    *[other] { $count } films et d’autres
}
catalog-skip-filters = Aller aux films
catalog-order = Ordre
catalog-all-years = Toutes les années
catalog-all-genres = Tous les genres
catalog-show = Afficher
catalog-show-more = Afficher plus
sort-best = Pertinence
sort-newest = Plus récents
sort-title = Titre
sort-views = Plus vus
sort-week = Cette semaine
catalog-none = { $filters ->
     [genre] Il n’y a aucun film du genre { $genre }.
     [year] Il n’y a aucun film de { $year }.
     [both] Il n’y a aucun film du genre { $genre } de { $year }.
    *[none] Il n’y a aucun film ici.
}
catalog-none-hint = Essayez une autre année ou un autre genre, ou parcourez tous les films.
catalog-no-match = { $filters ->
     [genre] Aucun film du genre { $genre } ne correspond à « { $words } ».
     [year] Aucun film de { $year } ne correspond à « { $words } ».
     [both] Aucun film du genre { $genre } de { $year } ne correspond à « { $words } ».
    *[none] Aucun film ne correspond à « { $words } ».
}
catalog-no-match-hint = La recherche porte sur les titres, les personnes, les genres et les années : essayez moins de mots, ou d’autres.
catalog-search-everywhere = Chercher parmi tous les films

## A catalogue without movies

empty-heading = Il n’y a pas encore de films ici
empty-upload = Envoyez un film et donnez-lui un titre : vous pourrez le regarder ici.
empty-command = Ou utilisez la ligne de commande, qui envoie un dossier entier en une fois :
empty-viewer = Revenez quand le premier aura été ajouté.

## All collections

collections-heading = Collections
collections-empty = Il n’y a pas encore de collections
collections-empty-hint = Une collection est une liste de films qui vont ensemble, comme une série ou un cours.
collections-add-hint = Ajoutez-en une en ligne de commande :

## The history and the list

history-heading = Historique
own-movies-label = Vos films
history-empty = Aucun film regardé pour le moment
history-empty-hint = Ce que vous regardez apparaît ici, sur tous les appareils où vous vous connectez. Personne d’autre ne le voit.
list-empty = Votre liste est vide
list-empty-hint = Choisissez « Ajouter à ma liste » sur la page d’un film pour le retrouver ici, sur tous les appareils où vous vous connectez.

## The account

account-role-admin = Compte d’administration
account-role-viewer = Compte de visionnage
account-since = Compte créé le { $day }
account-needs-script = Les modifications sur cette page nécessitent JavaScript, désactivé dans ce navigateur.
account-sessions = Vos sessions
session-this-browser = Ce navigateur
session-end = Fermer la session
session-end-others = Fermer toutes les autres sessions
session-began = Connexion le { $began }
session-began-used = Connexion le { $began }, dernière utilisation le { $used }
session-unknown = Navigateur inconnu
session-command = La commande ginflix
session-some-browser = Un navigateur
session-browser = { $browser } sur { $system ->
     [iPhone] un iPhone
     [iPad] un iPad
    *[other] { $system }
}
account-password = Changer de mot de passe
account-password-current = Mot de passe actuel
account-password-new = Nouveau mot de passe
account-password-hint = Au moins 10 caractères. Utilisez plusieurs mots sans rapport entre eux, ou un mot de passe généré par un gestionnaire. Cette session reste ouverte, et les autres sont fermées.
account-password-submit = Changer le mot de passe
account-privacy = Ce qui est enregistré sur vous
account-privacy-text = Pour chaque film que vous regardez, ce serveur enregistre l’endroit où la lecture s’est arrêtée, si la fin a été atteinte et la date du dernier visionnage. Votre liste est aussi enregistrée, ainsi que la langue et le thème que vous choisissez. Les autres comptes n’en voient rien. Ces données font partie des sauvegardes de l’administration.
account-clear-history = Effacer l’historique

## The pages of administrators

admin-label = Administration
confirm-keep = Garder
remove = Supprimer
edit = Modifier
watch = Regarder
cancel = Annuler
save = Enregistrer
column-title = Titre
column-file = Fichier
column-type = Type
column-length = Durée
column-size = Taille
column-views = Vues
column-added = Ajouté le
column-actions = Actions
views-unit = { $count ->
     [one] vue
    *[other] vues
}

## The list of movies

movies-heading = Films
movies-find = Filtrer la liste
movies-find-submit = Filtrer
movie-add = Ajouter un film
movies-empty = Aucun film pour le moment
movies-empty-hint = Envoyez d’abord un film, puis ajoutez-le au catalogue.
movies-no-match = Aucun film ne correspond à « { $words } ».
file-missing = manquant

## Files and uploads

media-heading = Fichiers et envois
media-choose = Choisir des films
media-drop = ou déposez-les ici
media-hint = MP4 avec H.264 et AAC est lisible dans tous les navigateurs. Les envois survivent à une coupure de connexion, au rechargement de cette page et à un redémarrage du serveur.
media-needs-script = L’envoi depuis cette page nécessite JavaScript. Sans JavaScript, utilisez la ligne de commande :
uploads-label = Envois
upload-progress = Progression de l’envoi
problems-heading = Non pris en charge
problems-hint = Ces fichiers se trouvent sur le serveur, mais il ne peut pas les utiliser. Chacun apparaît dans la liste environ une minute après la résolution de son problème.
problem-server = sur { $server }
files-empty = Aucun fichier pour le moment
files-empty-hint = Un fichier apparaît ici dès qu’il est entièrement envoyé. Vous pouvez alors l’ajouter comme film.
files-label = Fichiers
file-remedy = Cette commande crée une copie lisible partout :
file-add = Ajouter comme film
file-in-library = Dans une bibliothèque
file-gone = Absent de sa bibliothèque
plays-unknown = Format inconnu
plays-nowhere = Aucun navigateur ne peut le lire
plays-on-some-devices = Lisible sur certains appareils seulement
plays-perhaps-not = Peut-être illisible dans { $browsers }
plays-not = Illisible dans { $browsers }
plays-only = Lisible dans { $browsers } seulement
two-names = { $first } et { $second }
file-damaged = Endommagé : { $reason }

## The form of a movie

form-no-files-hint = Un film du catalogue lit un fichier du serveur. Envoyez d’abord le fichier, puis ajoutez-le comme film.
form-title = Titre
form-file = Fichier
form-year = Année
form-description = Description
form-genres = Genres
form-genres-hint = Séparez les genres par des virgules : Drame, Documentaire
form-directors = Réalisation
form-cast = Avec
form-one-name = Un nom par ligne
form-series-part = Épisode d’une série
form-series = Série
form-season = Saison
form-season-hint = 0 pour les hors-série
form-episode = Épisode
form-add = Ajouter le film
form-poster = Affiche
form-no-poster = Pas d’affiche
form-poster-hint = JPEG, PNG ou WebP, en hauteur (2:3), { $limit } au maximum. Sans affiche, GinFlix montre une image générée.
form-poster-remove = Supprimer l’affiche
form-subtitles = Sous-titres
form-subtitles-add = Ajouter des sous-titres
form-subtitles-hint = SubRip, WebVTT ou SubStation Alpha. Le nom du fichier indique la langue : film.fr.srt, film.pt-BR.forced.srt

## The page of a movie

movie-collections = Collections
movie-position = { $position } sur { $count }
movie-previous = Précédent
movie-next = Suivant
movie-edit = Modifier ce film
movie-download = Télécharger ({ $size })
movie-chapter = Chapitre { $number }
movie-cut-short = Le fichier de ce film est incomplet : le film s’arrête avant la fin.
movie-damaged = Le fichier de ce film est endommagé : la lecture peut s’arrêter avant la fin.
movie-incomplete = Le fichier de ce film est incomplet et illisible.
movie-hopeless = Ce film est illisible dans les navigateurs, mais la plupart des lecteurs multimédias peuvent le lire.

## Sharing a movie

share-button = Partager
share-heading = Partager ce film
share-address = Adresse de cette page
share-copy = Copier
share-more = Autres moyens…

## The embedded player

embed-open = ouvre sa page sur GinFlix dans un nouvel onglet

## The page of a signed link

link-until = Ce lien est valable jusqu’au
link-expired-heading = Ce lien a expiré
link-expired = Il était valable jusqu’au { $day }.
link-broken-heading = Ce lien ne fonctionne pas
link-broken = Une partie manque ou a été modifiée, peut-être lors de la copie, ou il n’est plus valable.
link-removed-heading = Ce film n’est plus ici
link-removed = Le lien est valable, mais le film a été supprimé du serveur.
link-ask = Pour voir le film, demandez un nouveau lien à la personne qui vous l’a envoyé.

## The player. Scripts get the messages with the prefix “player-”, too.

player-views = { $count ->
     [one] { $count } vue
    *[other] { $count } vues
}
player-play = Lecture
player-pause = Pause
player-mute = Couper le son
player-unmute = Rétablir le son
player-full-screen = Plein écran
player-show-left = Afficher le temps restant
controls-player = Lecteur
controls-label = Commandes du lecteur
controls-no-video = Ce navigateur ne peut pas lire de films dans une page.
controls-open-file = Ouvrir le fichier lui-même
controls-needs-script = La lecture de ce film sur cette page nécessite JavaScript.
controls-play-movie = Lire « { $title } »
controls-continue = Reprendre
controls-start-over = Du début
controls-up-next = À suivre
controls-play-now = Lire maintenant
controls-try-again = Réessayer
controls-reload = Recharger la page
controls-download = Télécharger le fichier
controls-chapters = Chapitres
controls-subtitles = Sous-titres
controls-timing = Décalage
controls-earlier = Sous-titres plus tôt
controls-later = Sous-titres plus tard
controls-settings = Paramètres
controls-audio = Piste audio
controls-speed = Vitesse
controls-play-next = Lire le film suivant automatiquement
controls-single-keys = Raccourcis à un seul caractère
controls-position = Position
controls-back = Reculer de 10 secondes
controls-forward = Avancer de 10 secondes
controls-next = À suivre : { $title }
controls-volume = Volume
controls-picture-in-picture = Image dans l’image

## How subtitles look

caption-appearance = Apparence
caption-size = Taille
caption-small = Petite
caption-medium = Moyenne
caption-large = Grande
caption-very-large = Très grande
caption-color = Couleur
caption-white = Blanc
caption-yellow = Jaune
caption-cyan = Cyan
caption-green = Vert
caption-background = Fond
caption-solid = Opaque
caption-translucent = Translucide
caption-none = Aucun
caption-edge = Bord
caption-outline = Contour
caption-shadow = Ombre
caption-font = Police
caption-sans = Sans empattement
caption-serif = Avec empattement
caption-mono = Chasse fixe
caption-reset = Réinitialiser l’apparence

## The list of keys

shortcuts-heading = Raccourcis clavier
shortcuts-close = Fermer
shortcuts-to = à
key-space = Espace
key-home = Début
key-end = Fin
key-shift = Maj
shortcuts-play = Lecture ou pause
shortcuts-seek-5 = Reculer ou avancer de 5 secondes
shortcuts-seek-10 = Reculer ou avancer de 10 secondes
shortcuts-picture = Image précédente ou suivante
shortcuts-tenths = Aller de 0 % à 90 % du film
shortcuts-edges = Aller au début ou à la fin
shortcuts-volume = Augmenter ou baisser le volume
shortcuts-mute = Couper ou rétablir le son
shortcuts-speed = Ralentir ou accélérer
shortcuts-subtitles = Afficher ou masquer les sous-titres
shortcuts-audio = Piste audio suivante
shortcuts-chapter = Chapitre précédent ou suivant
shortcuts-movie = Film précédent ou suivant de la collection
shortcuts-list = Afficher cette liste

## Scripts: requests that fail

script-error-unreachable = Le serveur est injoignable. Vérifiez la connexion et réessayez.
script-error-connection-lost = La connexion au serveur a été perdue.
script-error-status = Le serveur a répondu par le statut { $status } sans donner de raison. Réessayez dans un instant.
script-error-request = { $message } (requête { $id })
script-error-unauthenticated = Votre session est terminée. Reconnectez-vous dans un autre onglet, puis réessayez ici.
script-error-precondition-failed = Quelqu’un d’autre a fait des modifications entre-temps. Rechargez la page pour voir l’état actuel.
script-error-forbidden = Ce compte n’y est pas autorisé.
script-error-not-found = Cet élément n’est plus sur le serveur. Rechargez la page.
script-error-locked = Une autre requête est en cours sur cet élément. Réessayez dans un instant.
script-error-too-many-requests = Trop de tentatives. Réessayez dans une minute.
script-error-checksum-mismatch = Des données ont été endommagées pendant l’envoi. Réessayez.
script-error-unavailable = Une partie du service est indisponible pour le moment. Réessayez dans un instant.
script-error-internal = Une erreur s’est produite sur le serveur.
script-error-invalid = Les informations ne sont pas acceptées. Réponse du serveur : { $detail }
script-error-conflict = Cela contredit un élément existant. Réponse du serveur : { $detail }
script-error-in-use = Cet élément est encore utilisé. Réponse du serveur : { $detail }
script-error-too-large = C’est trop volumineux. Réponse du serveur : { $detail }
script-error-unsupported-type = Ce type de fichier n’est pas accepté. Réponse du serveur : { $detail }
script-error-damaged = Le fichier est incomplet ou endommagé. Réponse du serveur : { $detail }
script-error-too-many-uploads = Il y a trop d’envois inachevés. Réponse du serveur : { $detail }
script-error-no-space = Il n’y a plus de place sur le serveur. Réponse du serveur : { $detail }
script-error-wrong-password = Le nom ou le mot de passe est incorrect.

## Scripts: movies and files

script-remove = Supprimer
script-removed = « { $name } » a été supprimé.
script-failure-of = { $name } : { $message }
script-remove-movie = Supprimer ce film ?
script-remove-movie-text = « { $title } » est retiré du catalogue. Son fichier reste sur le serveur, et ses vues restent dans le rapport.
script-remove-file = Supprimer ce fichier ?
script-remove-file-text = « { $name } » est effacé du serveur. Cette action est irréversible.
script-file-in-use = Ce fichier est encore utilisé
script-file-in-use-text = Un film du catalogue utilise « { $name } ». Sans ce fichier, il ne pourra plus être lu.
script-remove-anyway = Supprimer quand même
script-folders = Les dossiers ne peuvent pas être envoyés. Déposez plutôt les fichiers qu’ils contiennent.
script-chosen-poster = L’affiche choisie
script-subtitles-default = par défaut
script-subtitles-forced = forcés
script-subtitles-impaired = malentendants
script-subtitles-remove = Supprimer les sous-titres { $name }
script-subtitles-purposes = { $language } ({ $purposes })
script-language-unknown = Langue inconnue

## Scripts: the player

script-paused = En pause
script-playing = Lecture
script-percent = { $percent } %
script-volume = Volume { $percent } %
script-start = Début
script-end = Fin
script-next-picture = Image suivante
script-previous-picture = Image précédente
script-sound-off = Son coupé
script-sound-on = Son rétabli
script-rate = { $rate }×
script-speed = Vitesse { $rate }×
script-position = { $at } sur { $length }
script-show-played = Afficher le temps écoulé
script-leave-full-screen = Quitter le plein écran
script-chapter = Chapitre { $number } : { $title }
script-last-chapter = Dernier chapitre
script-audio = Piste audio : { $name }
script-audio-default = { $name } (par défaut)
script-audio-not-here = { $name } ({ $codec } illisible ici)
script-no-other-audio = Aucune autre piste audio
script-track = Piste { $number }
script-mono = Mono
script-stereo = Stéréo
script-channels = { $count } canaux
script-off = Désactivés
script-subtitles = Sous-titres : { $name }
script-subtitles-off = Sous-titres désactivés
script-subtitles-number = Sous-titres { $number }
script-no-subtitles = Aucun sous-titre
script-no-next-movie = Aucun film suivant
script-no-previous-movie = Aucun film précédent
script-stopped-at = Lecture arrêtée à { $time }.
script-continued-at = Reprise à { $time }
script-up-next = À suivre : { $title }
script-up-next-in = À suivre dans { $seconds } secondes : { $title }
script-starts-in = Début dans { $seconds } s
script-loading = Chargement…
script-loading-slowly = Le film se charge lentement. La lecture reprendra automatiquement.
script-share-start = Commencer à { $time }
script-share-copied = Copié.
script-share-selected = L’adresse est sélectionnée et peut maintenant être copiée.

## Scripts: what does not play

script-no-picture = Ce navigateur ne peut pas afficher l’image de ce film, au format { $codec } : vous n’entendriez que le son.
script-shown-by = Elle s’affiche dans { $browsers }.
script-no-sound = Ce navigateur ne peut pas lire le son de ce film, au format { $codec } : vous ne verriez que l’image.
script-heard-in = Il est audible dans { $browsers }.
script-no-play = Ce navigateur ne peut pas lire ce film.
script-played-by = Il est lisible dans { $browsers }.
script-no-hls-js = Pour lire ce film, ce navigateur a besoin de hls.js, absent de ce serveur : celui-ci a été compilé sans npm. L’administration peut installer npm et le recompiler.
script-trouble-preparing = Le film est en préparation
script-trouble-preparing-soon = La lecture commencera automatiquement dans un instant. L’attente ne concerne que la première lecture.
script-trouble-preparing-help = Le serveur n’a pas terminé à temps. Réessayez dans quelques minutes.
script-trouble-expired = Cette page est ouverte depuis trop longtemps
script-trouble-expired-help = Son lien vers le film n’est plus valable. Rechargez la page : le film reprendra au même endroit.
script-trouble-gone = Le fichier de ce film est absent du serveur
script-trouble-gone-help = Le film figure au catalogue, mais son fichier n’est pas sur le serveur. L’administration peut l’envoyer à nouveau.
script-trouble-denied = Accès à ce film refusé
script-trouble-denied-help = Votre session est peut-être terminée. Rechargez la page et reconnectez-vous si nécessaire : le film reprendra au même endroit.
script-trouble-server = Le serveur ne peut pas envoyer ce film pour le moment
script-trouble-server-help = La page réessaie automatiquement, et le film reprendra au même endroit. Si cela dure, prévenez l’administration.
script-trouble-network = La connexion au serveur a été perdue
script-trouble-network-help = La page réessaie automatiquement, et le film reprendra au même endroit.
script-trouble-format = Ce navigateur ne peut pas lire ce film
script-trouble-format-help = Ce navigateur ne prend pas en charge le format ou le codec. Un autre navigateur peut peut-être lire le film, et la plupart des lecteurs multimédias le peuvent. MP4 avec H.264 et AAC est lisible partout.
script-trouble-broken = Le film n’a pas pu être décodé
script-trouble-broken-help = Le fichier est peut-être endommagé, ou utilise un codec que ce navigateur ne prend en charge qu’en partie. Réessayez, ou téléchargez le fichier.
script-trouble-picture = Ce navigateur ne peut pas afficher l’image de ce film
script-trouble-picture-help = Il ne peut lire que le son. Un autre navigateur peut peut-être lire le film, et la plupart des lecteurs multimédias le peuvent.

## Scripts: uploads

script-upload-listed = { $name } est déjà dans la liste.
script-upload-unlist = Retirer de la liste
script-upload-empty = Ce fichier est vide.
script-upload-extension = Le nom du fichier doit avoir une extension, comme .mp4.
script-upload-forgotten = Le serveur n’a plus cet envoi : il a refusé le fichier, ou l’envoi a été annulé ou a expiré. Choisissez à nouveau le fichier pour recommencer.
script-upload-on-server = { $sent } sur { $size } se trouvent sur le serveur.
script-upload-resume-question = { $reason } Reprendre l’envoi ?
script-upload-choose-again = { $reason } Choisissez à nouveau { $name } pour reprendre l’envoi.
script-upload-moved = Le fichier n’est plus à son emplacement.
script-upload-changed = { $name } a été modifié depuis : le fichier faisait { $size } et datait du { $day }. Choisissez le fichier d’origine, ou annulez et recommencez.
script-upload-other-file = { $other } est un autre fichier. Cet envoi concerne { $name }, { $size }. Choisissez le fichier d’origine, ou annulez et recommencez.
script-upload-choose = Choisir le fichier
script-upload-resume = Reprendre
script-upload-pause = Pause
script-upload-cancel = Annuler
script-upload-try-again = Réessayer
script-upload-try-now = Réessayer maintenant
script-upload-queued = En attente d’autres envois.
script-upload-starting = Démarrage.
script-upload-paused = En pause.
script-upload-paused-at = En pause à { $sent } sur { $size }.
script-upload-done = Terminé : { $size }.
script-upload-done-verified = Terminé : { $size }, sommes de contrôle vérifiées.
script-upload-add = Ajouter comme film
script-upload-exists = Il y a déjà un fichier nommé { $name } sur le serveur.
script-upload-replace = Remplacer le fichier du serveur
script-upload-publish-damaged = Publier quand même
script-upload-retrying = { $reason } Nouvelle tentative en cours.
script-upload-checking = Tout est envoyé. Le serveur vérifie le fichier.
script-upload-sent = { $sent } sur { $size }
script-upload-pace = { $progress }, { $speed }/s, encore { $time }
script-upload-total = { $count ->
     [one] { $count } fichier restant : { $progress }
    *[other] { $count } fichiers restants : { $progress }
}
script-upload-name-taken = Un autre fichier a pris ce nom entre-temps.
script-upload-unreadable = Le fichier n’est plus lisible : il a été modifié, déplacé ou effacé sur cet appareil.

## Around a movie

related-title = Dans le même esprit

## Scripts: search and lists

script-search-results = Films trouvés
script-search-running = Recherche…
script-search-failed = La recherche est impossible pour le moment. Vérifiez la connexion, ou appuyez sur Entrée pour réessayer.
script-search-nothing = Aucun résultat pour « { $words } ». Essayez moins de mots, ou d’autres : un titre, une personne, un genre ou une année.
script-search-all = Afficher tous les résultats
script-search-count = { $count ->
     [one] { $count } film trouvé. Choisissez avec les touches fléchées.
    *[other] { $count } films trouvés. Choisissez avec les touches fléchées.
}
script-search-count-more = { $count } films ou plus trouvés. Choisissez avec les touches fléchées.
script-try-again = Réessayer
script-more-failed = La suite n’a pas pu être chargée. Vérifiez la connexion et réessayez.
script-listed = Ajouté à votre liste.
script-unlisted = Retiré de votre liste.
script-marked = Marqué comme vu.
script-unmarked = N’est plus marqué comme vu, et a été retiré de l’historique.

## Scripts: the account

script-password-changed = Votre mot de passe a été changé.
script-password-wrong = Le mot de passe actuel est incorrect.
script-session-ended = La session a été fermée.
script-sessions-ended = Toutes les autres sessions ont été fermées.
script-clear-history = Effacer l’historique ?
script-clear-history-text = Le serveur oublie sur tous les appareils ce que vous avez regardé et où la lecture s’est arrêtée. Votre liste est conservée.
script-clear-history-yes = Effacer l’historique
script-history-cleared = L’historique a été effacé.
