import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { projectPath } from './project.ts'

const run = promisify(execFile)

/**
 * The commit of the project's work tree, and whether files differ from it; undefined where it is in none, or where
 * there is no git. CodeBuild says itself what it builds, and may have no work tree (CodeBuild User Guide, "Environment
 * variables in build environments").
 */
export function workTreeOf(environment: NodeJS.ProcessEnv) {
  return async (signal: AbortSignal): Promise<{ id: string; changed: boolean } | undefined> => {
    const git = async (...args: string[]) =>
      (await run('git', ['-C', projectPath('.'), ...args], { signal, encoding: 'utf8' })).stdout.trim()
    try {
      const [id, status] = await Promise.all([git('rev-parse', 'HEAD'), git('status', '--porcelain')])
      return { id, changed: status !== '' }
    } catch (error) {
      if (signal.aborted) throw error
      const built = environment.CODEBUILD_RESOLVED_SOURCE_VERSION
      return built ? { id: built, changed: false } : undefined
    }
  }
}
