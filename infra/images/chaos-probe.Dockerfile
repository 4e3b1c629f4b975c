# The probe, from its bundle: build context is the root, after `npm run build`. It runs as a task beside an
# experiment; its ledger lies in /tmp while it runs, its report goes to the archive.
FROM public.ecr.aws/docker/library/node:22-bookworm-slim
WORKDIR /castle
COPY infra/images/probe.sh ./
COPY dist/chaos-probe/ ./
USER node
VOLUME /tmp
STOPSIGNAL SIGTERM
ENTRYPOINT ["./probe.sh"]
