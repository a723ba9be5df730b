import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lastSandbox } from '../../electron/hosts/sandbox/running.ts'
import type { Console } from './open-console.ts'

const PAGES = ['Home', 'Provision', 'Simulator', 'Stream', 'Job', 'Warehouse', 'One order']

/**
 * One console from an empty state to a healthy pipeline, in the order in which a user does it: each test goes on from the one before. The same
 * for every host.
 */
export function consoleSuite(open: () => Promise<Console>): void {
  let opened: Console
  let page: Page

  beforeAll(async () => {
    opened = await open()
    page = opened.page
  })
  afterAll(async () => {
    await opened?.close()
  })

  const goTo = async (name: string) => {
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click()
    await page.getByRole('heading', { level: 1, name }).waitFor({ state: 'attached' })
  }

  it('an empty state says what will be here and offers the next step', async () => {
    await page.getByText('Nothing here yet').waitFor()
    await page.getByRole('link', { name: 'Provision the pipeline' }).click()
    await page.getByRole('heading', { level: 1, name: 'Provision' }).waitFor()
  })

  it('the plan is shown before anything is changed, and applied step by step', async () => {
    const apply = page.getByRole('button', { name: /^Apply \d+ changes$/ })
    await apply.waitFor()
    const rows = page.getByRole('table', { name: 'The plan' }).getByRole('row')
    expect(await rows.filter({ hasText: 'create' }).count()).toBeGreaterThan(8)
    await page.getByText('kinesis:CreateStream').first().waitFor()
    await apply.click()
    await page.getByText('Apply the plan: done').waitFor({ timeout: 60_000 })
    await page.getByText('3,000 rows', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Deploy and load again' }).waitFor()
  })

  it('the job starts on the engine that is chosen, and says which one, after a look at its checkpoint', async () => {
    await goTo('Job')
    const checkpoint = page.getByRole('region', { name: 'Checkpoint' })
    await checkpoint.getByText('none yet: the first start reads from the oldest record').waitFor({ timeout: 20_000 })
    const engine = page.getByRole('region', { name: 'Engine' })
    await engine.getByRole('button', { name: 'Spark', exact: true }).click()
    await engine.getByText(/^Spark 4\.0\.\d+ on this machine, not EMR/).waitFor({ timeout: 30_000 })
    await engine.getByRole('button', { name: 'Embedded', exact: true }).click()
    await page.getByRole('button', { name: 'Start the job' }).click()
    await page.getByText('Start the job: done').waitFor({ timeout: 60_000 })
    await page.getByRole('listitem').filter({ hasText: 'Look at the checkpoint' }).getByText('done').waitFor()
    await page.getByText('Runs on the embedded engine.').waitFor()
  })

  it('the simulator shows the next events, runs, changes its rate while it runs, and stops', async () => {
    await goTo('Simulator')
    await page.getByText('drawn, not sent').waitFor()
    await page.getByLabel('Duplicates, %').fill('120')
    await page.getByText('0 to 50').waitFor()
    expect(await page.getByRole('button', { name: 'Start', exact: true }).isDisabled()).toBe(true)
    await page.getByLabel('Duplicates, %').fill('2')
    await page.getByLabel('Records per second', { exact: true }).fill('200')
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    await page.getByRole('button', { name: 'Pause' }).waitFor()
    await expect.poll(() => numberOf('Accepted'), { timeout: 30_000 }).toBeGreaterThan(300)
    await page.getByLabel('Records per second', { exact: true }).fill('600')
    await expect.poll(() => numberOf('Accepted now'), { timeout: 30_000 }).toBeGreaterThan(400)
  })

  /** The number of a figure by its label. */
  /** All that a figure says: label, value, unit, time and source. */
  const figure = (label: string): Promise<string> =>
    page
      .locator('.figure')
      .filter({ has: page.getByText(label, { exact: true }) })
      .innerText()
  async function numberOf(label: string): Promise<number> {
    const figure = page.locator('.figure').filter({ has: page.getByText(label, { exact: true }) })
    return Number((await figure.locator('.figure-value').first().innerText()).replace(/[^\d.]/g, ''))
  }

  it('home says at one glance that it is healthy, and the ledger fills', async () => {
    await goTo('Home')
    await page.getByText('Healthy').waitFor({ timeout: 30_000 })
    await expect
      .poll(
        async () =>
          Number(
            (
              await page
                .getByRole('row', { name: /^Loaded/ })
                .locator('td')
                .innerText()
            ).replaceAll(',', ''),
          ),
        { timeout: 30_000 },
      )
      .toBeGreaterThan(300)
  })

  it('what changed lately is told, with the page that shows it', async () => {
    const changed = page.locator('section', { has: page.getByRole('heading', { name: 'What changed lately' }) })
    await changed.getByRole('link', { name: 'Apply the plan: done' }).waitFor()
    await changed.getByRole('link', { name: 'The simulator is running' }).waitFor()
    await changed.getByRole('link', { name: 'Start the job: done' }).click()
    await page.getByRole('heading', { level: 1, name: 'Provision' }).waitFor()
    await goTo('Home')
  })

  it('a chart can be read as a table, and goes on after the page was loaded again', async () => {
    const times = async () => {
      await page.getByRole('button', { name: 'Records per second: table' }).click()
      const cells = page.getByRole('region', { name: 'Records per second, as a table' }).locator('tbody td:first-child')
      await cells.first().waitFor()
      const all = await cells.allInnerTexts()
      await page.getByRole('button', { name: 'Records per second: table' }).click()
      return all
    }
    const before = await times()
    expect(before.length).toBeGreaterThan(3)
    await page.reload()
    await page.getByText('Healthy').waitFor({ timeout: 30_000 })
    await expect.poll(async () => (await times()).at(-1), { timeout: 20_000 }).toBe(before.at(-1))
  })

  it('dragging over a chart chooses its time, the link keeps it, and there is a way back to now', async () => {
    const box = await page.getByRole('img', { name: 'Records per second' }).boundingBox()
    if (!box) throw new Error('The chart is not there')
    await page.mouse.move(box.x + box.width * 0.5, box.y + 60)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.8, box.y + 60, { steps: 5 })
    await page.mouse.up()
    await expect.poll(() => page.url()).toMatch(/from=.+&to=.+/)
    const link = page.url()
    await page.getByRole('link', { name: 'Stream', exact: true }).first().click()
    await page.getByRole('button', { name: 'back to now' }).waitFor()
    await page.goto(link)
    await page.getByRole('button', { name: 'back to now' }).click()
    await expect.poll(() => page.url()).not.toContain('from=')
  })

  it('a link to a shard opens the same view again', async () => {
    await goTo('Stream')
    await page.getByRole('link', { name: 'shardId-000000000000' }).click()
    await expect.poll(() => page.url()).toMatch(/#\/stream\?(.*&)?shard=shardId-000000000000/)
    await page.reload()
    await page.getByRole('button', { name: /shard 0/, pressed: true }).waitFor()
  })

  it('the shards fit the window: every column is seen without scrolling, and others can be chosen', async () => {
    const table = page.getByRole('table', { name: 'Shards' })
    await expect
      .poll(() => table.evaluate(element => element.scrollWidth - (element.parentElement as HTMLElement).clientWidth))
      .toBeLessThanOrEqual(0)
    await page.getByRole('button', { name: 'Columns of the shards' }).click()
    await page.getByRole('checkbox', { name: 'Retention takes it' }).check()
    await page.getByRole('button', { name: 'Show these' }).click()
    await table.getByRole('columnheader', { name: 'Retention takes it' }).waitFor()
    await page.getByRole('button', { name: 'Columns of the shards' }).click()
    await page.getByRole('checkbox', { name: 'Retention takes it' }).uncheck()
    await page.getByRole('button', { name: 'Show these' }).click()
    await table.getByRole('columnheader', { name: 'Retention takes it' }).waitFor({ state: 'detached' })
  })

  it('the lag is measured by CloudWatch, and by a probe that says what it takes', async () => {
    await page.getByRole('button', { name: 'CloudWatch', exact: true }).click()
    await expect.poll(() => page.url()).toContain('by=cloudwatch')
    await page.getByRole('table', { name: 'Shards' }).getByRole('columnheader', { name: 'Iterator age' }).waitFor()
    await expect.poll(() => figure('Iterator age, stream'), { timeout: 30_000 }).toMatch(/\d+(\.\d)? (ms|s)/)
    await page.getByRole('button', { name: 'A probe', exact: true }).click()
    await page.getByText(/12 of the 300 reads/).waitFor()
    expect(await page.getByRole('button', { name: 'Start the probe' }).isDisabled()).toBe(true)
    await page.getByLabel('Position of the consumer').fill('2020-01-01 00:00')
    await page.getByRole('button', { name: 'Start the probe' }).click()
    await expect.poll(() => figure('Behind, the worst shard'), { timeout: 30_000 }).toMatch(/\d+(\.\d)? (s|min|ms)/)
    await expect.poll(() => figure('It takes')).toMatch(/\d\.\d %.*300 reads/s)
    await page.getByRole('button', { name: 'Stop the probe' }).click()
    await page.getByRole('button', { name: 'This job', exact: true }).click()
    await expect.poll(() => page.url()).not.toContain('by=')
  })

  it('the records of a shard can be read on, filtered, and followed', async () => {
    await page.getByRole('button', { name: 'Read', exact: true }).click()
    const rows = page.getByRole('region', { name: 'Records of the shard' }).getByRole('row')
    await rows.nth(1).waitFor()
    expect(await rows.count()).toBe(101)
    await page.getByRole('button', { name: 'Next', exact: true }).click()
    await expect.poll(() => rows.count()).toBe(201)
    const key = await rows.nth(150).getByRole('link').innerText()
    await page.getByLabel('Only records with').fill(key)
    await expect.poll(() => rows.count()).toBeLessThan(5)
    await page.getByLabel('Only records with').fill('')
    await page.getByRole('button', { name: 'Follow' }).click()
    await expect.poll(() => rows.count(), { timeout: 10_000 }).toBeGreaterThan(350)
    await page.getByRole('button', { name: 'Stop following' }).click()
  })

  it('the stream is resharded while records flow', async () => {
    await page.getByRole('button', { name: 'Change the number of shards…' }).click()
    await page.getByRole('textbox').fill('9')
    expect(await page.getByRole('button', { name: 'Reshard to 9' }).isDisabled()).toBe(true)
    await page.getByRole('textbox').fill('2')
    await page.getByRole('button', { name: 'Reshard to 2' }).click()
    await page.getByText('Reshard to 2: done').waitFor({ timeout: 30_000 })
    await expect.poll(() => numberOf('Open shards'), { timeout: 30_000 }).toBe(2)
  })

  it('the log of the step can be followed and searched', async () => {
    await goTo('Job')
    await page.getByRole('button', { name: 'Open log of food-delivery kinesisToRedshift' }).click()
    await page
      .getByText(/Streaming query made progress/)
      .first()
      .waitFor({ timeout: 30_000 })
    await page.getByLabel('Search the log').fill('on the embedded engine')
    await expect.poll(async () => (await page.locator('pre.log').last().innerText()).trim().split('\n').length).toBe(1)
  })

  it('a batch is picked, and its records, files and rows are seen', async () => {
    await page
      .getByRole('button', { name: /^Batch [\d,]+: its records, files and rows$/ })
      .nth(2)
      .click()
    const batch = page.getByRole('region', { name: /^Batch \d+$/ })
    await batch.getByText(/part-00000\.parquet$/).waitFor()
    const read = Number(
      /([\d,]+) rows in/.exec(await batch.getByText(/ rows in .* engine$/).innerText())?.[1]?.replaceAll(',', ''),
    )
    const perShard = await batch.getByText(/[\d,]+ records, /).allInnerTexts()
    expect(perShard.map(text => Number(text.split(' ')[0]?.replaceAll(',', ''))).reduce((a, b) => a + b, 0)).toBe(read)
    await batch.getByRole('button', { name: 'Show its rows' }).click()
    await batch.getByRole('gridcell').first().waitFor()
    await batch.getByRole('button', { name: 'Close' }).click()
    await batch.waitFor({ state: 'detached' })
  })

  it('a step is added, waits for its turn and is cancelled; a protected cluster cannot be terminated', async () => {
    const cluster = page.getByRole('region', { name: 'Cluster food-delivery' })
    expect(await cluster.getByRole('button', { name: 'Terminate…' }).isDisabled()).toBe(true)
    await cluster.getByRole('button', { name: 'Add a step…' }).click()
    await page.getByLabel('Name', { exact: true }).fill('hive script')
    await page.getByRole('textbox', { name: 'Arguments' }).fill('hive-script\n--run-hive-script')
    await page.getByRole('button', { name: 'Add the step' }).click()
    await cluster.getByRole('cell', { name: 'hive script', exact: true }).waitFor({ timeout: 20_000 })
    await page.getByText(/Add step hive script: done/).waitFor()
    await cluster.getByRole('button', { name: 'Cancel hive script' }).click()
    await page.getByText(/Cancel step hive script: done/).waitFor({ timeout: 30_000 })
    await cluster.getByRole('button', { name: 'Lift the protection' }).click()
    await cluster.getByRole('button', { name: 'Terminate…' }).click()
    const confirm = page.getByRole('button', { name: 'Terminate it' })
    expect(await confirm.isDisabled()).toBe(true)
    await page.getByRole('button', { name: 'Keep it' }).click()
    await cluster.getByRole('button', { name: 'Protect', exact: true }).click()
    await cluster.getByText('protected from termination').waitFor()
  })

  it('SQL runs by the keys, its errors are told in the words of the warehouse', async () => {
    await goTo('Warehouse')
    await page.getByText('factorders', { exact: true }).waitFor()
    const editor = page.getByRole('textbox', { name: 'SQL' })
    await editor.fill('select count(*) as orders from food_delivery_datamart.factOrders')
    await editor.press('Control+Enter')
    await page.getByText(/^1 row/).waitFor()
    await expect.poll(async () => Number(await page.locator('.ag-cell').first().innerText())).toBeGreaterThan(300)
    await editor.fill('select nothing from nowhere')
    await page.getByRole('button', { name: 'Run' }).click()
    await page.getByText('relation "nowhere" does not exist').waitFor()
  })

  it('a second query has a tab of its own; its result is a grid, a chart and a Parquet file; the first is still there', async () => {
    await page.getByRole('button', { name: 'New query' }).click()
    const editor = page.getByRole('textbox', { name: 'SQL' })
    await editor.fill(
      'select r.Cuisine, count(*) as orders from food_delivery_datamart.factOrders f join food_delivery_datamart.dimRestaurants r on r.RestaurantID = f.RestaurantID group by 1 order by 2 desc',
    )
    await editor.press('Control+Enter')
    await page.getByRole('gridcell').first().waitFor()
    await page.getByRole('button', { name: 'Chart', exact: true }).click()
    await page.getByRole('img', { name: /^orders by cuisine/ }).waitFor()
    const file = await opened.saved(() => page.getByRole('button', { name: 'Parquet', exact: true }).click())
    expect([file.subarray(0, 4).toString(), file.subarray(-4).toString()]).toEqual(['PAR1', 'PAR1'])
    await page.getByRole('button', { name: 'Query 1', exact: true }).click()
    await page.getByText('relation "nowhere" does not exist').waitFor()
    await page.getByRole('button', { name: 'History' }).click()
    await page.getByRole('region', { name: 'Queries that were run' }).getByText('select nothing from nowhere').waitFor()
    await page.getByRole('button', { name: 'History' }).click()
  })

  it('the dashboard draws the facts, and each chart can be read as a table', async () => {
    await goTo('Warehouse')
    await page.getByRole('link', { name: 'Dashboard' }).click()
    await expect.poll(() => page.locator('.charts [role="img"]:has(canvas)').count(), { timeout: 20_000 }).toBe(6)
    await page.getByRole('button', { name: 'Orders by city and cuisine: table' }).click()
    await page.getByRole('region', { name: 'As a table' }).getByText('Austin').first().waitFor()
    await page.getByRole('button', { name: 'Delivery time by city: its SQL' }).click()
    await page.getByText('factOrders f').first().waitFor()
  })

  it('one order is followed from its event to its row, by its id', async () => {
    await goTo('One order')
    await page.locator('main').getByRole('link').first().click()
    await page.getByText(/^(sent|arrived) to batch committed: /).waitFor()
    const moments = page.locator('.moments li > span:first-child')
    expect(await moments.allTextContents()).toEqual(
      expect.arrayContaining(['arrived', 'read', 'batch began', 'loaded', 'batch committed']),
    )
    await page.getByText('shardId-').first().waitFor()
    const key = new URL(page.url().replace('#/order', '')).searchParams.get('key') ?? ''
    await page.getByText(`"OrderID": "${key}"`).waitFor()
    await page.getByLabel('Order id').fill('no such order')
    await page.getByRole('button', { name: 'Find' }).click()
    await page.getByText(/has this key: it waits, was put into quarantine, or was never sent/).waitFor()
  })

  it('the palette and the keys reach every page without a mouse', async () => {
    await page.getByRole('heading', { level: 1 }).click()
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Command' }).fill('stream')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Stream' }).waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('j')
    await page.getByRole('heading', { level: 1, name: 'Job' }).waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    await page.keyboard.press('Escape')
  })

  it('another target has its own name and colour, is read-only, and says how to log in', async () => {
    const frame = () => page.locator('.shell').evaluate(shell => getComputedStyle(shell).borderTopColor)
    const ours = await frame()
    await page.getByRole('button', { name: /^Sandbox/ }).click()
    await page.getByRole('button', { name: /^analytics-prod/ }).click()
    await page.getByText('Not logged in').waitFor({ timeout: 20_000 })
    await page.getByText('aws sso login --profile analytics-prod').first().waitFor()
    expect(await frame()).not.toBe(ours)
    expect(page.url()).toContain('target=analytics-prod')
    await goTo('Stream')
    expect(await page.getByText('shardId-000000000000').count()).toBe(0)
    await page.getByRole('button', { name: /^analytics-prod/ }).click()
    await page.getByRole('button', { name: /^Sandbox/ }).click()
    await page.getByText('Healthy').waitFor({ timeout: 30_000 })
    expect(await frame()).toBe(ours)
  })

  it('in front of an audience it is larger, hides account numbers, and leads through the demonstration', async () => {
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Command' }).fill('present')
    await page.keyboard.press('Enter')
    const script = page.getByRole('complementary', { name: 'Presentation' })
    await script.getByText('1 of 7').waitFor()
    await page.getByRole('button', { name: /^Sandbox/ }).click()
    await page.getByText('account hidden').waitFor()
    await page.keyboard.press('Escape')
    await script.getByRole('button', { name: 'Next' }).click()
    await page.getByRole('heading', { level: 1, name: 'Job' }).waitFor()
    await script.getByRole('button', { name: 'End' }).click()
    await script.waitFor({ state: 'detached' })
  })

  describe('every page', () => {
    const SIZES = [
      { width: 1024, height: 700 },
      { width: 1280, height: 800 },
      { width: 1920, height: 1080 },
    ]
    it.each(PAGES)('%s fits its window from 1024x700 up, in light and dark', async name => {
      await goTo(name)
      for (const size of SIZES) {
        await opened.resize(size)
        const outside = () => page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
        await expect.poll(outside, { message: `pixels outside of ${size.width}` }).toBe(0)
        await opened.picture?.(`${name.toLowerCase().replace(' ', '-')}-${size.width}`)
      }
      await opened.resize({ width: 1280, height: 800 })
    })
  })

  it('a sandbox that dies comes back; every page says so, and goes on where it was', async () => {
    await goTo('Home')
    await page.getByText('Healthy').waitFor({ timeout: 30_000 })
    const { pid } = (await lastSandbox(opened.data)) ?? {}
    process.kill(pid ?? 0, 'SIGKILL')
    await page
      .getByText(/The sandbox died \(SIGKILL\)/)
      .first()
      .waitFor({ timeout: 20_000 })
    await page
      .getByText(/The sandbox is back at/)
      .first()
      .waitFor({ timeout: 30_000 })
    await page.getByText('Healthy').waitFor({ timeout: 60_000 })
    await expect.poll(() => lastSandbox(opened.data).then(running => running?.pid)).not.toBe(pid)
    // While it was away the page was refused what it asked for, and may have told so.
    opened.complaints.length = 0
  })

  it('nothing is destroyed unless the name is typed, and the simulator stops cleanly', async () => {
    await goTo('Simulator')
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByRole('button', { name: 'Start', exact: true }).waitFor({ timeout: 30_000 })
    await goTo('Provision')
    await page.getByRole('button', { name: 'Destroy…' }).click()
    const confirm = page.getByRole('button', { name: /^Destroy \d+ things$/ })
    await page.getByLabel('Type food-delivery to confirm').fill('food')
    expect(await confirm.isDisabled()).toBe(true)
    await page.getByRole('button', { name: 'Keep it' }).click()
  })

  it('a job that ended shows where it could begin and what that means; it begins there only by the typed name', async () => {
    await goTo('Job')
    await page.getByRole('button', { name: 'End after its batch' }).click()
    const checkpoint = page.getByRole('region', { name: 'Checkpoint' })
    await checkpoint.getByText(/batches in the batch table, up to \d+ as in the checkpoint/).waitFor({ timeout: 30_000 })
    await checkpoint.getByText('Where the job could begin, and what that means').click()
    const oldest = checkpoint.getByRole('row', { name: /^Begin afresh from the oldest record/ })
    const counts = (await oldest.getByRole('cell').allInnerTexts()).map(text => Number(text.replaceAll(',', '')))
    const there = await checkpoint.getByText(/ records behind it\.$/).innerText()
    const read = Number(/, ([\d,]+) records behind it/.exec(there)?.[1]?.replaceAll(',', ''))
    expect(read).toBeGreaterThan(300)
    expect(counts.slice(1)).toEqual([read, 0, 0])
    await oldest.getByRole('button', { name: 'Begin afresh from the oldest record…' }).click()
    await page.getByLabel('Type food-delivery to confirm').fill('food')
    expect(await page.getByRole('button', { name: 'Begin there', exact: true }).isDisabled()).toBe(true)
    await page.getByLabel('Type food-delivery to confirm').fill('food-delivery')
    await page.getByRole('button', { name: 'Begin there', exact: true }).click()
    await page.getByText('Begin afresh from the oldest record: done').waitFor({ timeout: 30_000 })
    await checkpoint.getByRole('button', { name: /^Bring back the checkpoint of / }).waitFor()
  })

  it('a step that fails says why in one sentence, and leads to the line of its log', async () => {
    await page.getByRole('button', { name: 'Add a step…' }).click()
    await page.getByLabel('Name', { exact: true }).fill('broken')
    await page
      .getByRole('textbox', { name: 'Arguments' })
      .fill(
        'sluice-embedded-engine --spec s3://nobody/none.json --region us-east-1 --stream none --bucket none --workgroup-name none --database dev --copy-role none --trigger-ms 1000 --max-records-per-batch 1'.replaceAll(
          ' ',
          '\n',
        ),
      )
    await page.getByRole('button', { name: 'Add the step' }).click()
    const cause = page.getByRole('region', { name: 'Why it failed' })
    await cause.getByText('S3 has no such bucket.').waitFor({ timeout: 30_000 })
    await cause
      .getByRole('button', { name: /^stderr, line \d+$/ })
      .first()
      .click()
    await expect
      .poll(() => page.locator('pre.log mark').innerText(), { timeout: 20_000 })
      .toContain('s3://nobody/none.json cannot be read')
  })

  describe('every page, light and dark,', () => {
    const axe = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
    it.each(PAGES)('%s has no accessibility violation', async name => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        await goTo(name)
        const script = `(() => { ${await axe}; return axe.run().then(result => result.violations.map(violation => violation.id + ': ' + violation.nodes.map(node => node.target.join(' ') + ' ' + node.any.map(check => check.message).join()).slice(0, 3).join(' | '))) })()`
        await expect.poll(() => page.evaluate(script), { message: `${name}, ${colorScheme}`, timeout: 5_000 }).toEqual([])
      }
    })
  })

  describe('from inside the page there is no way out:', () => {
    it.each([
      // Behind a timer, for what the debugger itself evaluates is let through.
      [
        'text becomes no code',
        "new Promise((resolve, reject) => setTimeout(() => { try { resolve(new Function('return 1')()) } catch (error) { reject(error) } }))",
      ],
      ['no other address is reached', "fetch('http://127.0.0.1:1/').then(() => true)"],
      [
        'no foreign script is loaded',
        "new Promise((resolve, reject) => { const script = document.createElement('script'); script.src = 'data:text/javascript,1'; script.onload = resolve; script.onerror = () => reject(new Error('refused')); document.head.append(script) })",
      ],
      [
        'no frame is opened',
        "new Promise((resolve, reject) => { const frame = document.createElement('iframe'); frame.src = 'http://127.0.0.1:1/'; document.body.append(frame); setTimeout(() => { try { frame.contentWindow.document; reject(new Error('about:blank')) } catch { reject(new Error('refused')) } frame.remove() }, 200) })",
      ],
    ])('%s', async (_, script) => {
      await expect(page.evaluate(`(async () => { await ${script} })()`)).rejects.toThrow()
      opened.complaints.length = 0
    })
  })

  it('the page complained about nothing all along', () => {
    expect(opened.complaints).toEqual([])
  })
}
