# syntax=docker/dockerfile:1
# The server's image: Node runs the TypeScript sources as they are, so there is nothing to build but node_modules.

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No install script and no optional package: the only one is the embedded PostgreSQL, and here a real one is beside us.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:24-slim
# The newest migration in the image, so that it can be told without running it: docker image inspect.
#   docker build --build-arg MIGRATIONS_HEAD="$(jq -r .head src/migrations/manifest.json)" .
ARG MIGRATIONS_HEAD=unknown
LABEL auto-forex.migrations-head=$MIGRATIONS_HEAD
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8000 \
    MIKRO_ORM_CLI_PREFER_TS=1
WORKDIR /app
# `docker compose exec server manage …` runs an operator's command.
RUN printf '#!/bin/sh\nexec node /app/src/manage.ts "$@"\n' > /usr/local/bin/manage \
    && chmod 755 /usr/local/bin/manage
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY src ./src
# Files stay root's: the server can read its own code, not change it.
USER node
EXPOSE 8000
# A start may wait for another copy's migrations; until it is ready a failing probe does not count against it.
HEALTHCHECK --start-period=20m --start-interval=2s --interval=10s --timeout=5s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# main.ts migrates the database under a lock and then serves.
ENTRYPOINT ["node", "src/main.ts"]
