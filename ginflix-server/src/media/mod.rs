//! Where bytes are: the volume, its files and its unfinished uploads.
