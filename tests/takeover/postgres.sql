CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
COMMENT ON EXTENSION pg_trgm IS 'text similarity measurement and index searching based on trigrams';
CREATE TABLE public.accounts (
    id uuid NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    role text NOT NULL,
    password_hash text NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE public.audit (
    id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    who text NOT NULL,
    is_token boolean NOT NULL,
    action text NOT NULL,
    target text NOT NULL,
    client text NOT NULL,
    request_id text NOT NULL,
    answered boolean NOT NULL
);
CREATE TABLE public.credentials (
    secret_sha256 bytea NOT NULL,
    kind text NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    account text COLLATE pg_catalog."C",
    role text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone
);
CREATE TABLE public.media (
    name text NOT NULL COLLATE pg_catalog."C",
    size_bytes bigint NOT NULL,
    sha256 text NOT NULL,
    content_type text NOT NULL,
    duration_seconds double precision,
    created_at timestamp with time zone NOT NULL,
    check_round bigint DEFAULT 0 NOT NULL
);
CREATE TABLE public.media_revision (
    id integer NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT media_revision_id_check CHECK ((id = 1))
);
CREATE TABLE public.movie_genres (
    genre_key text NOT NULL COLLATE pg_catalog."C",
    movie_id uuid NOT NULL,
    genre text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.movie_words (
    word text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.movies (
    id uuid NOT NULL,
    title text NOT NULL,
    title_key text NOT NULL COLLATE pg_catalog."C",
    description text NOT NULL,
    year integer,
    genres text[] NOT NULL,
    directors text[] NOT NULL,
    actors text[] NOT NULL,
    media text NOT NULL COLLATE pg_catalog."C",
    version bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    search tsvector NOT NULL
);
CREATE TABLE public.playbacks (
    id uuid NOT NULL,
    movie_id uuid NOT NULL,
    started_at timestamp with time zone NOT NULL,
    reported_at timestamp with time zone,
    needed_seconds double precision NOT NULL,
    played text NOT NULL,
    watched_seconds double precision NOT NULL,
    counted_at timestamp with time zone,
    reason text
);
CREATE TABLE public.posters (
    movie_id uuid NOT NULL,
    sha256 text NOT NULL,
    content_type text NOT NULL,
    bytes bytea NOT NULL
);
CREATE TABLE public.refinery_schema_history (
    version integer NOT NULL,
    name character varying(255),
    applied_on character varying(255),
    checksum character varying(255)
);
CREATE TABLE public.replicas (
    media text NOT NULL COLLATE pg_catalog."C",
    streamer text NOT NULL COLLATE pg_catalog."C",
    sha256 text NOT NULL,
    state text NOT NULL,
    problem text,
    check_round bigint NOT NULL,
    verified_at timestamp with time zone
);
CREATE TABLE public.streamers (
    name text NOT NULL COLLATE pg_catalog."C",
    address text,
    version text NOT NULL,
    used_bytes bigint NOT NULL,
    free_bytes bigint NOT NULL,
    seen_at timestamp with time zone NOT NULL
);
CREATE TABLE public.view_days (
    day date NOT NULL,
    views bigint NOT NULL
);
CREATE TABLE public.view_movie_days (
    day date NOT NULL,
    movie_id uuid NOT NULL,
    views bigint NOT NULL,
    last_viewed_at timestamp with time zone NOT NULL
);
CREATE TABLE public.view_totals (
    movie_id uuid NOT NULL,
    title text NOT NULL,
    views bigint DEFAULT 0 NOT NULL,
    last_viewed_at timestamp with time zone
);
INSERT INTO public.accounts VALUES ('01a2255c-ec7c-71d0-b25a-aff90b3deeed', 'admin', 'admin', '$argon2id$v=19$m=19456,t=2,p=1$Vi6ExRiCNx9/0PlalGyOgA$zE3J0r4fYohEnygvh6pRD3HKO8nCgHR+vHj07wOGRLg', '2026-11-29 03:32:56.572+00');
INSERT INTO public.accounts VALUES ('01a2255c-ee72-71ee-abd4-c95f552b32de', 'ann', 'viewer', '$argon2id$v=19$m=19456,t=2,p=1$Od1FHni0JyNbABhUyZ41dA$mUyOazo14UabXm5WwDMUUSAImVcpZcMt5jZ8i/vdwKQ', '2026-11-29 03:32:57.138+00');
INSERT INTO public.audit VALUES ('01a2255c-ecb1-74ef-a848-14c6b13ebac4', '2026-11-29 03:32:56.625+00', 'admin', false, 'session.log_in', '/api/v1/session', '127.0.0.1', '01a2255cecb076c09850384732c8681f', true);
INSERT INTO public.audit VALUES ('01a2255c-ed85-7645-83e4-601bb3d4ad47', '2026-11-29 03:32:56.837+00', 'cluster', true, 'uploads.finish', '/api/v1/media/film.mp4', '127.0.0.1', '01a2255ced8377d6af51036be0625c08', true);
INSERT INTO public.audit VALUES ('01a2255c-eddb-73e2-be47-9f9fd65a7dae', '2026-11-29 03:32:56.923+00', 'cluster', true, 'movies.add', '/api/v1/movies/01a2255c-ede5-720a-b1e7-64562533ceff', '127.0.0.1', '01a2255cedda72fc91cb2e86d8f2a136', true);
INSERT INTO public.audit VALUES ('01a2255c-ee32-724a-a71a-e846b94a6047', '2026-11-29 03:32:57.01+00', 'cluster', true, 'movies.add', '/api/v1/movies/01a2255c-ee35-7618-a331-ce79a3f03c91', '127.0.0.1', '01a2255cee3179688f074578102c82ec', true);
INSERT INTO public.audit VALUES ('01a2255c-ee6e-730a-a97d-ec5641d08ca7', '2026-11-29 03:32:57.07+00', 'cluster', true, 'users.create', '/api/v1/users/ann', '127.0.0.1', '01a2255cee6d71099a7f38507ea1a739', true);
INSERT INTO public.audit VALUES ('01a2255c-eef0-7159-a04f-dfddeb9c37ec', '2026-11-29 03:32:57.2+00', 'cluster', true, 'tokens.create', '/api/v1/tokens/tv', '127.0.0.1', '01a2255ceeef708ab80c4d0c0217b34e', true);
INSERT INTO public.audit VALUES ('01a2255c-ef27-75f0-98ab-9cc2ce33b091', '2026-11-29 03:32:57.255+00', 'cluster', true, 'links.create', '/stream/film.mp4', '127.0.0.1', '01a2255cef26742c9e4be05c499be4d5', true);
INSERT INTO public.audit VALUES ('01a2255c-efc3-745a-9ff5-9bfdaabc2351', '2026-11-29 03:32:57.411+00', 'cluster', true, 'uploads.create', '/api/v1/uploads/01a2255c-efd1-7535-825e-33d1f667120b', '127.0.0.1', '01a2255cefc27a23b730b1bbb40d4fd7', true);
INSERT INTO public.credentials VALUES ('\x7c8543bcb180ef38cf3633653fd382841769538f55adbf57bc2d4ebbea2e4921', 'token', 'cluster', NULL, 'admin', '2026-11-29 03:32:56.586+00', NULL);
INSERT INTO public.credentials VALUES ('\x69e85e3caaeee5ed5f6c32f479a65a17608039fd5f6d1d24bcf05dff7d3e8273', 'session', '', 'admin', 'admin', '2026-11-29 03:32:56.754+00', '2026-12-13 03:32:56.754+00');
INSERT INTO public.credentials VALUES ('\x3a70b099907675a22fd9555ae0465d8cea6ff792c54d7583b58581998041293c', 'token', 'tv', NULL, 'viewer', '2026-11-29 03:32:57.205+00', NULL);
INSERT INTO public.media VALUES ('film.mp4', 32, 'd025c55f15a94b53e49cc78062be893865d98e83bfc2ac80beef1f8253175dbc', 'video/mp4', NULL, '2026-11-29 03:32:56.849+00', 0);
INSERT INTO public.media_revision VALUES (1, 2);
INSERT INTO public.movie_genres VALUES ('drama', '01a2255c-ede5-720a-b1e7-64562533ceff', 'Drama');
INSERT INTO public.movie_words VALUES ('drama');
INSERT INTO public.movie_words VALUES ('film');
INSERT INTO public.movie_words VALUES ('another');
INSERT INTO public.movies VALUES ('01a2255c-ede5-720a-b1e7-64562533ceff', 'Old Film', 'old film', 'Once.', 1999, '{Drama}', '{Ann}', '{}', 'film.mp4', 1, '2026-11-29 03:32:56.933+00', '2026-11-29 03:32:56.933+00', '''ann'':2B ''drama'':3C ''film'':1A ''old'':1A ''once'':4');
INSERT INTO public.movies VALUES ('01a2255c-ee35-7618-a331-ce79a3f03c91', 'Another', 'another', '', NULL, '{}', '{}', '{}', 'film.mp4', 1, '2026-11-29 03:32:57.013+00', '2026-11-29 03:32:57.013+00', '''another'':1A');
INSERT INTO public.playbacks VALUES ('01a2255c-f093-76b7-891b-5a08248a5176', '01a2255c-ede5-720a-b1e7-64562533ceff', '2026-11-29 03:32:57.619+00', '2026-11-29 03:33:37.742+00', 30, '[{"start":0.0,"end":39.0}]', 39, '2026-11-29 03:33:37.742+00', NULL);
INSERT INTO public.refinery_schema_history VALUES (1, 'catalogue', '2026-11-29T03:32:56.181700571Z', '12382298911160245471');
INSERT INTO public.refinery_schema_history VALUES (2, 'audit', '2026-11-29T03:32:56.349849063Z', '16193062889928033553');
INSERT INTO public.refinery_schema_history VALUES (3, 'replicas', '2026-11-29T03:32:56.375242473Z', '1212539949494587265');
INSERT INTO public.refinery_schema_history VALUES (5, 'spelling', '2026-11-29T03:32:56.413830947Z', '5814293090988217301');
INSERT INTO public.view_days VALUES ('2026-11-29', 1);
INSERT INTO public.view_movie_days VALUES ('2026-11-29', '01a2255c-ede5-720a-b1e7-64562533ceff', 1, '2026-11-29 03:33:37.742+00');
INSERT INTO public.view_totals VALUES ('01a2255c-ee35-7618-a331-ce79a3f03c91', 'Another', 0, NULL);
INSERT INTO public.view_totals VALUES ('01a2255c-ede5-720a-b1e7-64562533ceff', 'Old Film', 1, '2026-11-29 03:33:37.742+00');
ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_name_key UNIQUE (name);
ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.credentials
    ADD CONSTRAINT credentials_pkey PRIMARY KEY (secret_sha256);
ALTER TABLE ONLY public.media
    ADD CONSTRAINT media_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.media_revision
    ADD CONSTRAINT media_revision_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.movie_genres
    ADD CONSTRAINT movie_genres_pkey PRIMARY KEY (genre_key, movie_id);
ALTER TABLE ONLY public.movie_words
    ADD CONSTRAINT movie_words_pkey PRIMARY KEY (word);
ALTER TABLE ONLY public.movies
    ADD CONSTRAINT movies_media_title_key UNIQUE (media, title);
ALTER TABLE ONLY public.movies
    ADD CONSTRAINT movies_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.playbacks
    ADD CONSTRAINT playbacks_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.posters
    ADD CONSTRAINT posters_pkey PRIMARY KEY (movie_id);
ALTER TABLE ONLY public.refinery_schema_history
    ADD CONSTRAINT refinery_schema_history_pkey PRIMARY KEY (version);
ALTER TABLE ONLY public.replicas
    ADD CONSTRAINT replicas_pkey PRIMARY KEY (media, streamer);
ALTER TABLE ONLY public.streamers
    ADD CONSTRAINT streamers_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.view_days
    ADD CONSTRAINT view_days_pkey PRIMARY KEY (day);
ALTER TABLE ONLY public.view_movie_days
    ADD CONSTRAINT view_movie_days_pkey PRIMARY KEY (day, movie_id);
ALTER TABLE ONLY public.view_totals
    ADD CONSTRAINT view_totals_pkey PRIMARY KEY (movie_id);
CREATE INDEX credentials_by_account ON public.credentials USING btree (account);
CREATE INDEX credentials_by_end ON public.credentials USING btree (expires_at) WHERE (expires_at IS NOT NULL);
CREATE UNIQUE INDEX credentials_by_token_name ON public.credentials USING btree (name) WHERE (kind = 'token'::text);
CREATE INDEX movie_genres_by_movie ON public.movie_genres USING btree (movie_id);
CREATE INDEX movie_words_by_gram ON public.movie_words USING gin (word public.gin_trgm_ops);
CREATE INDEX movies_by_title ON public.movies USING btree (title_key, id);
CREATE INDEX movies_by_word ON public.movies USING gin (search);
CREATE INDEX movies_by_year ON public.movies USING btree (year, id);
CREATE INDEX playbacks_by_movie ON public.playbacks USING btree (movie_id, reason);
CREATE INDEX replicas_by_streamer ON public.replicas USING btree (streamer, media);
CREATE INDEX view_totals_by_views ON public.view_totals USING btree (views, movie_id);
ALTER TABLE ONLY public.credentials
    ADD CONSTRAINT credentials_account_fkey FOREIGN KEY (account) REFERENCES public.accounts(name) ON DELETE CASCADE;
ALTER TABLE ONLY public.movie_genres
    ADD CONSTRAINT movie_genres_movie_id_fkey FOREIGN KEY (movie_id) REFERENCES public.movies(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.posters
    ADD CONSTRAINT posters_movie_id_fkey FOREIGN KEY (movie_id) REFERENCES public.movies(id) ON DELETE CASCADE;
