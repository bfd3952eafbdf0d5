# The service and the libraries that it needs, and nothing else: no shell, no package manager, no root.
#
#     docker build --tag parlor .

FROM rust:1.95-bookworm AS build
RUN apt-get update && apt-get install --yes --no-install-recommends g++ make libssl-dev pkg-config
WORKDIR /source
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    cargo build --release --locked --package parlor-app --features kafka \
    && deploy/image-root.sh target/release/parlor /image

FROM scratch
COPY --from=build /image /
USER 65532:65532
# The embedded store, and an audit file. With PostgreSQL and Kafka nothing is written here.
VOLUME /data
ENV PARLOR_DATA_DIR=/data
# OpenSSL, with which the client of Kafka speaks TLS, looks elsewhere, where there is nothing here.
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
EXPOSE 8080 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/usr/bin/parlor", "health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/parlor"]
