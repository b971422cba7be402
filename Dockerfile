# The server's image. Node could run the TypeScript sources as they are; what is built is only to start sooner: packages and sources in
# few files, and the cache of compiled code. Needs Docker 25 or podman 5. It fetches nothing but the base image and the packages of the lock file.

# No package has native code: what npm installs here is right for every architecture, and npm runs on this machine's own.
FROM --platform=$BUILDPLATFORM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No install script and no optional package: the only one is the embedded PostgreSQL, and here a real one is beside us.
# Types, source maps, manuals and tests of packages are read by people only, and are half of what they bring. Licences stay, also
# where a manual has the text.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --omit=optional --ignore-scripts \
    && find node_modules -type f ! -iname 'licen[cs]e*' \
      \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.[cm]ts' -o -name '*.md' ! -exec grep -q 'Permission is hereby granted' {} \; \) -delete \
    && rm -r node_modules/*/test node_modules/@*/*/test

# Packages and sources in few large files: a start takes two thirds of the processor's time. Of the lock file, this installs the bundler only,
# above what it bundles.
FROM --platform=$BUILDPLATFORM node:24-slim AS bundled
WORKDIR /bundler
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm \
    node --eval "const { devDependencies: { rolldown } } = require('./package.json'); \
      fs.writeFileSync('package.json', JSON.stringify({ devDependencies: { rolldown } }))" \
    && npm ci --ignore-scripts
WORKDIR /bundler/app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY build ./build
RUN node build/bundle-packages.ts packages
COPY src ./src
RUN node build/bundle-sources.ts programs packages

# Loads the server once, so that no start has to compile again.
FROM node:24-slim AS compiled
ENV NODE_ENV=production \
    NODE_COMPILE_CACHE=/app/compile-cache
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=bundled /bundler/app/packages ./packages
COPY --from=bundled /bundler/app/programs ./programs
COPY package.json ./
COPY src ./src
RUN install -d -o node compile-cache
# Node keeps the cache under the number of the user that made it, and looks for it under its own.
USER node
# Everything but what starts something when it is loaded; of that, two are run as far as they come without a database.
RUN node --import /app/programs/preload.mjs --input-type=module --eval "import { globSync } from 'node:fs'; \
      const starts = /.(main|manage|[^/]*-work(er)?(-[\w-]{8})?)\.mjs$/; \
      for (const file of globSync('programs/*/*.mjs').filter((path) => !starts.test(path))) await import('/app/' + file)" \
    && node --import /app/programs/preload.mjs src/manage.ts --help > /dev/null \
    && { PORT=none node --import /app/programs/preload.mjs src/main.ts > /dev/null 2>&1; [ $? -eq 78 ]; } \
    && chmod -R a+rX compile-cache

FROM node:24-slim
ENV NODE_ENV=production \
    NODE_COMPILE_CACHE=/app/compile-cache \
    HOST=0.0.0.0 \
    PORT=8000 \
    MIKRO_ORM_CLI_PREFER_TS=1
WORKDIR /app
# `docker compose exec server manage …` runs an operator's command.
RUN printf '#!/bin/sh\nexec node --import /app/programs/preload.mjs /app/src/manage.ts "$@"\n' > /usr/local/bin/manage \
    && chmod 755 /usr/local/bin/manage
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=bundled /bundler/app/packages ./packages
COPY --from=bundled /bundler/app/programs ./programs
COPY package.json ./
# Everything is root's: the server can read its own code and its cache, and change neither.
COPY --from=compiled --chown=root:root /app/compile-cache ./compile-cache
COPY src ./src
# The newest migration in the image, so that it can be told without running it, and what it was made from:
#   docker build --build-arg MIGRATIONS_HEAD="$(jq -r .head src/migrations/manifest.json)" .
ARG MIGRATIONS_HEAD=unknown
ARG SOURCE=unknown
ARG REVISION=unknown
LABEL auto-forex.migrations-head=$MIGRATIONS_HEAD \
    org.opencontainers.image.title="Auto Forex" \
    org.opencontainers.image.description="Self-hosted forex trading server" \
    org.opencontainers.image.licenses=MIT \
    org.opencontainers.image.base.name=docker.io/library/node:24-slim \
    org.opencontainers.image.source=$SOURCE \
    org.opencontainers.image.revision=$REVISION
USER node
EXPOSE 8000
# A start may wait for another copy's migrations; until it is ready a failing probe does not count against it.
HEALTHCHECK --start-period=20m --start-interval=2s --interval=10s --timeout=5s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# main.ts migrates the database under a lock and then serves.
ENTRYPOINT ["node", "--import", "/app/programs/preload.mjs", "src/main.ts"]
