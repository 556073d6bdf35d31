# A minimal image of ginflix-server, for builders that can pull images. scripts/image needs no registry.
ARG RUST=1.95-bookworm
FROM rust:${RUST} AS build
WORKDIR /src
COPY . .
RUN scripts/setup build \
 && cargo build --release --locked -p ginflix-server \
 && scripts/image --binary target/release/ginflix-server --root /files \
 && mkdir /owned && mv /files/var /owned/

FROM scratch
COPY --from=build /files /
COPY --from=build --chown=10001:10001 /owned /
ENV PATH=/usr/local/bin GINFLIX_LISTEN=0.0.0.0:4463 GINFLIX_DATA_DIR=/var/lib/ginflix
EXPOSE 4463
USER 10001:10001
ENTRYPOINT ["/usr/local/bin/ginflix-server"]
ARG VERSION=0.1.0
ARG REVISION
LABEL org.opencontainers.image.title=ginflix-server \
      org.opencontainers.image.description="GinFlix: streams media and serves the catalogue" \
      org.opencontainers.image.version=${VERSION} \
      org.opencontainers.image.revision=${REVISION} \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
