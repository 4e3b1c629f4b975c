# The gateway, from its bundle: build context is the root, after `npm run build`.
FROM public.ecr.aws/docker/library/node:22-bookworm-slim
RUN install -d -o node -g node -m 0700 /run/castle
WORKDIR /castle
COPY infra/images/start.sh ./
COPY dist/gateway/ ./
USER node
# Configuration and keys: the disk itself is read-only.
VOLUME /run/castle
STOPSIGNAL SIGTERM
ENTRYPOINT ["./start.sh", "gateway"]
