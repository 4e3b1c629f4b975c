# The probe, from its bundle: build context is the root, after `npm run build`. It runs as a task beside an
# experiment; its ledger lies in /tmp while it runs.
FROM public.ecr.aws/docker/library/node:22-bookworm-slim
WORKDIR /castle
COPY dist/chaos-probe/ ./
USER node
VOLUME /tmp
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "--enable-source-maps", "chaos-probe.mjs"]
