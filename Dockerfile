# One image for every process of Holdfast; docker-compose.yml chooses the process by its command.
# glibc base: the Temporal SDK's native library and chdb have no musl builds.
FROM node:24.21.0-bookworm-slim

ENV NODE_ENV=production HOLDFAST_HOME=/var/lib/holdfast HOLDFAST_BIND=0.0.0.0
WORKDIR /opt/holdfast

COPY package.json .npmrc ./
RUN npm install --omit=dev --no-audit --no-fund && npm cache clean --force

COPY . .
RUN useradd --system --home-dir /var/lib/holdfast --create-home holdfast
USER holdfast
VOLUME /var/lib/holdfast

ENTRYPOINT ["node"]
CMD ["cli/main.ts", "--help"]
