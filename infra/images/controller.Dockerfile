# The controller, from its bundle: build context is the root, after `npm run build`. It acts on a deployment
# file, and its region's name is CASTLE_REGION.
FROM public.ecr.aws/docker/library/node:22-bookworm-slim
RUN install -d -o node -g node -m 0700 /run/castle
WORKDIR /castle
COPY dist/controller/ ./
USER node
VOLUME /run/castle
STOPSIGNAL SIGTERM
ENTRYPOINT ["sh", "-c", "node configure.mjs /run/castle && exec node --enable-source-maps controller.mjs --config /run/castle/deployment.json --region \"$CASTLE_REGION\""]
