import type { ArtifactsState } from '../../../shared/features/artifacts.ts'
import { Figure } from '../../ui/figure.tsx'
import { bytes } from '../../ui/format.ts'
import { Status } from '../../ui/status.tsx'

/** The packages of the job on EMR: what they are for, and whether a cluster could install them. */
export function WheelhouseCard({ state }: { state: ArtifactsState }) {
  const { wheelhouse, noWheelhouse } = state
  const atMs = Date.parse(state.at)
  return (
    <section className="card" aria-label="Packages of the job">
      <div className="card-head">
        <h2>Packages of the job</h2>
        <span className="note">
          Wheels that the bootstrap action of a cluster installs from S3, without the internet.
        </span>
      </div>
      {!wheelhouse ? (
        <p>{noWheelhouse}</p>
      ) : (
        <>
          <p>
            {wheelhouse.deployed ? (
              <Status type="success">{wheelhouse.id} is in the bucket.</Status>
            ) : wheelhouse.needed ? (
              <Status type="warning">{wheelhouse.id} is not in the bucket: deploy, or apply the plan.</Status>
            ) : (
              <Status type="info">Not needed here: what runs the job on this target has its packages.</Status>
            )}
          </p>
          <div className="figures">
            <Figure
              label="Wheels"
              value={String(wheelhouse.wheels)}
              atMs={atMs}
              source={`${bytes(wheelhouse.sizeBytes)}, pinned by SHA-256 in wheels.lock.json`}
            />
            <Figure label="For" value={`Python ${wheelhouse.python}`} source={`on ${wheelhouse.architecture}`} />
            <Figure
              label="On this machine"
              value={wheelhouse.cached === null ? undefined : String(wheelhouse.cached)}
              unit={`of ${wheelhouse.wheels}`}
              atMs={atMs}
              source="the folder of wheels; the others are fetched"
            />
          </div>
        </>
      )}
    </section>
  )
}
