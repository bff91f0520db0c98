import cluster from 'node:cluster'

/**
 * Whether this process is one of several of the same service, as far as it can tell: a worker of node:cluster, as PM2's
 * cluster mode makes them, or an instance after the first of its fork mode.
 */
export const isOneOfSeveral = (): boolean =>
  cluster.isWorker || Number(process.env['NODE_APP_INSTANCE'] ?? 0) > 0
