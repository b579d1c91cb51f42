# syntax=docker/dockerfile:1

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM node:24-slim
LABEL org.opencontainers.image.title="Leaver" \
      org.opencontainers.image.description="Takes people out when they leave" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production \
    LEAVER_CONFIG=/etc/leaver/leaver.yaml
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json openapi.yaml LICENSE ./
COPY src ./src
# The only folder that is written to: the signing key, and the embedded PostgreSQL where no database is configured.
RUN mkdir -p /var/lib/leaver && chown node:node /var/lib/leaver
VOLUME ["/var/lib/leaver"]
USER node
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=4s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.LEAVER_PORT || 8080}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/server.ts"]
