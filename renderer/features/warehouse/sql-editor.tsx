import { autocompletion, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { PostgreSQL, sql } from '@codemirror/lang-sql'
import { defaultHighlightStyle, HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { Compartment, EditorState } from '@codemirror/state'
import { EditorView, keymap, lineNumbers, placeholder } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { useEffect, useRef } from 'react'
import type { Colours } from '../../ui/theme/colours.ts'
import { useColours } from '../../ui/theme/theme.ts'

interface SqlEditorProps {
  value: string
  onChange: (text: string) => void
  onRun: () => void
  /** Tables with their columns, for completion: `schema.table` and `table`. */
  schema: Record<string, string[]>
}

const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? ''

/** A SQL editor that knows the real tables. Ctrl/Cmd+Enter runs. */
export function SqlEditor({ value, onChange, onRun, schema }: SqlEditorProps) {
  const holder = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(undefined)
  const language = useRef(new Compartment())
  const theme = useRef(new Compartment())
  const colours = useColours()
  const latest = useRef({ onChange, onRun })
  latest.current = { onChange, onRun }

  // biome-ignore lint/correctness/useExhaustiveDependencies: made once; what changes is given to it below
  useEffect(() => {
    if (!holder.current) return
    const editor = new EditorView({
      parent: holder.current,
      state: EditorState.create({
        doc: value,
        extensions: [
          EditorView.cspNonce.of(nonce),
          lineNumbers(),
          history(),
          autocompletion(),
          placeholder('select … '),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': 'SQL' }),
          keymap.of([
            {
              key: 'Mod-Enter',
              run: () => {
                latest.current.onRun()
                return true
              },
            },
            ...completionKeymap,
            ...historyKeymap,
            ...defaultKeymap,
          ]),
          language.current.of(sql({ dialect: PostgreSQL })),
          theme.current.of(themeOf(colours)),
          EditorView.updateListener.of(
            update => update.docChanged && latest.current.onChange(update.state.doc.toString()),
          ),
        ],
      }),
    })
    view.current = editor
    return () => editor.destroy()
  }, [])

  useEffect(() => {
    const editor = view.current
    if (editor && editor.state.doc.toString() !== value)
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } })
  }, [value])
  useEffect(() => {
    view.current?.dispatch({ effects: language.current.reconfigure(sql({ dialect: PostgreSQL, schema })) })
  }, [schema])
  useEffect(() => {
    view.current?.dispatch({ effects: theme.current.reconfigure(themeOf(colours)) })
  }, [colours])

  return <div className="editor" ref={holder} />
}

function themeOf(colours: Colours) {
  return [
    EditorView.theme(
      {
        '&': { backgroundColor: 'transparent', color: colours.text },
        '.cm-content': { caretColor: colours.text },
        '.cm-cursor': { borderLeftColor: colours.text },
        '.cm-gutters': { backgroundColor: 'transparent', color: colours.quiet, border: '0' },
        '.cm-tooltip': { backgroundColor: colours.surface, color: colours.text, border: `1px solid ${colours.line}` },
        '.cm-tooltip-autocomplete > ul > li[aria-selected]': {
          backgroundColor: colours.accent,
          color: colours.surface,
        },
        '&.cm-focused': { outline: `2px solid ${colours.accent}`, outlineOffset: '-2px' },
        '.cm-selectionBackground, &.cm-focused .cm-selectionBackground': {
          backgroundColor: `${colours.selected} !important`,
        },
      },
      { dark: colours.isDark },
    ),
    colours.isDark
      ? syntaxHighlighting(
          HighlightStyle.define([
            { tag: tags.keyword, color: colours.accent, fontWeight: '600' },
            { tag: [tags.string, tags.special(tags.string)], color: colours.good },
            { tag: tags.number, color: colours.warning },
            { tag: tags.comment, color: colours.quiet, fontStyle: 'italic' },
            { tag: tags.typeName, color: colours.info },
          ]),
        )
      : syntaxHighlighting(defaultHighlightStyle),
  ]
}
