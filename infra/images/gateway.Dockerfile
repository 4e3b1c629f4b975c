# The gateway, from its bundle: build context is the root, after `npm run build`.
FROM public.ecr.aws/docker/library/node:22-bookworm-slim
RUN install -d -o node -g node -m 0700 /run/castle
# RDS signs by authorities of its own, which no system brings.
ADD --chmod=0444 https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem /etc/castle/database-authorities.pem
ENV NODE_EXTRA_CA_CERTS=/etc/castle/database-authorities.pem
WORKDIR /castle
COPY infra/images/start.sh ./
COPY dist/gateway/ ./
USER node
# Configuration and keys: the disk itself is read-only.
VOLUME /run/castle
STOPSIGNAL SIGTERM
ENTRYPOINT ["./start.sh", "gateway"]
