# The controller, from its bundle: build context is the root, after `npm run build`.
FROM public.ecr.aws/docker/library/node:22-bookworm-slim
WORKDIR /castle
COPY dist/controller/ ./
USER node
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "--enable-source-maps", "controller.mjs"]
