// The page of a signed link: sets up the player. Nothing is reported, because whoever has a link may do nothing but watch.

import { setUpPlayer } from "./player-page.js";

setUpPlayer();
