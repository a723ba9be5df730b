import Box from '@cloudscape-design/components/box'
import Modal from '@cloudscape-design/components/modal'
import type { ReactNode } from 'react'
import type { Program } from '../../shared/features/about.ts'
import type { Services } from '../../shared/features/services.ts'
import { useCall } from '../live/use-call.ts'
import { Problem } from '../ui/problem.tsx'

const askProgram = (services: Services) => services.about.program({})
const askSpark = (services: Services, _: unknown, signal: AbortSignal) => services.runtime.spark({}, signal)

/** What runs here: versions, which program, and whether it is the Electron that Sluice is made for. */
export function About({ onClose }: { onClose: () => void }) {
  const asked = useCall(askProgram)
  return (
    <Modal visible header="About Sluice" onDismiss={onClose} closeAriaLabel="Close">
      {asked.state === 'failed' && <Problem error={asked.error} retry={asked.reload} />}
      {asked.value && <Facts program={asked.value} />}
    </Modal>
  )
}

function Facts({ program }: { program: Program }) {
  const { electron } = program
  const isOther = electron !== null && electron.version !== electron.named
  return (
    <>
      {isOther && (
        <p className="about-old" role="alert">
          This is Electron {electron.version}, not {electron.named}: its Chromium and Node lack the security fixes
          since. Use it for tests only, and install a Sluice that was packaged with Electron {electron.named} for work.
        </p>
      )}
      <dl className="about">
        <Fact name="Sluice">{program.sluice}</Fact>
        <Fact name="Electron">
          {electron === null ? (
            'none: this page runs in your browser'
          ) : (
            <span className={isOther ? 'about-bad' : undefined}>
              {electron.version}
              {isOther && ` (made for ${electron.named})`}
            </span>
          )}
        </Fact>
        {electron && <Fact name="Chromium">{electron.chromium}</Fact>}
        <Fact name="Node">{program.node}</Fact>
        <Fact name="Program">
          <code>{program.executable}</code> {program.packaged ? '(packaged)' : '(from its sources)'}
        </Fact>
        <Fact name="Spark">
          <LocalSpark />
        </Fact>
      </dl>
    </>
  )
}

/** What steps of the sandbox run on; it is found by asking the Pythons of this machine, which takes a moment. */
function LocalSpark() {
  const { state, value } = useCall(askSpark)
  if (value?.runtime) {
    const { spark, java, python } = value.runtime
    return `${spark.version} for the sandbox, on Java ${java.version} and Python ${python.version}`
  }
  if (value) return 'none on this machine: the sandbox runs the embedded engine'
  return state === 'failed' ? 'not known' : 'detecting'
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <Box>{children}</Box>
      </dd>
    </div>
  )
}
