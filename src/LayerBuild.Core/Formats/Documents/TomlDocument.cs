using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Text;

namespace LayerBuild.Formats.Documents;

/// <summary>
/// Reads TOML 1.0 (and 1.1) in one pass over the parser's events. What the events do not tell is decided here: a header
/// may open a table again that another header began, but nothing may be set twice, and what was written in one piece
/// stays as it is.
/// </summary>
internal static class TomlDocument
{
    private static readonly TomlParserOptions Strict = new() { Mode = TomlParserMode.Strict };

    /// <exception cref="DocumentException">It is not TOML; with line and column.</exception>
    public static DocumentTable Parse(string text)
    {
        try
        {
            return Read(TomlParser.Create(text, Strict), text);
        }
        catch (TomlException e)
        {
            string words = e.Diagnostics is [{ } first, ..] ? first.Message : e.Message;
            throw new DocumentException(words.Trim().TrimEnd('.'), e.Line ?? 0, e.Column ?? 0);
        }
    }

    private static DocumentTable Read(TomlParser parser, string text)
    {
        var root = new DocumentTable(1);
        // A lock file has some ten keys, and each a thousand times.
        var keys = new HashSet<string>(StringComparer.Ordinal);
        HashSet<string>.AlternateLookup<ReadOnlySpan<char>> known = keys.GetAlternateLookup<ReadOnlySpan<char>>();
        var open = new Stack<object>();
        string key = "";
        int line = 0;
        int column = 0;
        while (parser.MoveNext())
        {
            TomlParseEvent current = parser.Current;
            switch (current.Kind)
            {
                case TomlParseEventKind.PropertyName:
                    key = KeyAt(current.Span);
                    (line, column) = (current.Line, current.Column);
                    break;
                case TomlParseEventKind.StartTable:
                    open.Push(open.TryPeek(out object? parent) ? OpenTable(parent, current.Line) : root);
                    break;
                case TomlParseEventKind.StartArray:
                    open.Push(OpenList(open.Peek(), current.Line));
                    break;
                case TomlParseEventKind.EndTable or TomlParseEventKind.EndArray:
                    open.Pop();
                    break;
                case TomlParseEventKind.String:
                    Add(open.Peek(), parser.GetString(), current.Line);
                    break;
                case TomlParseEventKind.Integer:
                    Add(open.Peek(), current.GetInt64(), current.Line);
                    break;
                case TomlParseEventKind.Boolean:
                    Add(open.Peek(), current.GetBoolean(), current.Line);
                    break;
                case TomlParseEventKind.Float or TomlParseEventKind.DateTime:
                    Add(open.Peek(), DocumentValue.Other, current.Line);
                    break;
                default:
                    break;
            }
        }

        return root;

        // A bare key is what it says; the end of its span is its last character.
        string KeyAt(TomlSourceSpan? span)
        {
            if (span is { } place
                && place.End.Offset < text.Length
                && text[place.Start.Offset] is not ('"' or '\'')
                && known.TryGetValue(text.AsSpan(place.Start.Offset, place.End.Offset + 1 - place.Start.Offset), out string? name))
            {
                return name;
            }

            name = parser.GetPropertyName();
            keys.Add(name);
            return name;
        }

        // Tables and lists of headers and dotted keys begin nowhere: their line is 0.
        DocumentTable OpenTable(object parent, int start)
        {
            if (start == 0 && parent is DocumentTable outer && outer.Find(key) is { } there)
            {
                return there.Value switch
                {
                    DocumentTable { Inline: false } table => table,
                    OpenEndedList { Count: > 0 } list => (DocumentTable)list[^1].Value,
                    _ => throw new DocumentException($"'{key}' is there twice", line, column),
                };
            }

            var opened = new DocumentTable(start) { Inline = start > 0 };
            Add(parent, opened, start);
            return opened;
        }

        List<DocumentValue> OpenList(object parent, int start)
        {
            if (start == 0 && parent is DocumentTable outer && outer.Find(key) is { } there)
            {
                return there.Value as OpenEndedList ?? throw new DocumentException($"'{key}' is there twice", line, column);
            }

            List<DocumentValue> opened = start > 0 ? new List<DocumentValue>() : new OpenEndedList();
            Add(parent, opened, start);
            return opened;
        }

        void Add(object parent, object value, int start)
        {
            var added = new DocumentValue(value, start > 0 ? start : line);
            if (parent is List<DocumentValue> list)
            {
                list.Add(added);
                return;
            }

            var table = (DocumentTable)parent;
            if (table.Find(key) is not null)
            {
                throw new DocumentException($"'{key}' is there twice", line, column);
            }

            table.Add(key, added);
        }
    }

    /// <summary>The tables of <c>[[…]]</c> headers, which may go on after others.</summary>
    private sealed class OpenEndedList : List<DocumentValue>;
}
