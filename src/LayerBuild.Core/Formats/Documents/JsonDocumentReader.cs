using System.Text.Json;

namespace LayerBuild.Formats.Documents;

/// <summary>Reads JSON (RFC 8259) into the same tree as TOML, with line numbers, each key of an object once.</summary>
internal static class JsonDocumentReader
{
    /// <param name="text">UTF-8, without a byte order mark.</param>
    /// <exception cref="DocumentException">It is not JSON, or not an object; with line and column.</exception>
    public static DocumentTable Parse(ReadOnlySpan<byte> text)
    {
        try
        {
            return Read(text);
        }
        catch (JsonException e)
        {
            string words = e.Message;
            int place = words.IndexOf(" LineNumber:", StringComparison.Ordinal);
            throw new DocumentException(
                (place < 0 ? words : words[..place]).TrimEnd('.'),
                (int)(e.LineNumber ?? -1) + 1,
                (int)(e.BytePositionInLine ?? -1) + 1);
        }
        catch (InvalidOperationException)
        {
            // A string with half of a surrogate pair.
            throw new DocumentException("A string is not valid Unicode", 0);
        }
    }

    private static DocumentTable Read(ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(text);
        DocumentTable? root = null;
        var open = new Stack<object>();
        string key = "";
        int line = 1;
        int counted = 0;
        while (reader.Read())
        {
            int start = (int)reader.TokenStartIndex;
            line += text[counted..start].Count((byte)'\n');
            counted = start;
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    key = reader.GetString()!;
                    break;
                case JsonTokenType.StartObject:
                    var table = new DocumentTable(line);
                    if (open.Count > 0)
                    {
                        Add(table);
                    }

                    root ??= table;
                    open.Push(table);
                    break;
                case JsonTokenType.StartArray:
                    var list = new List<DocumentValue>();
                    Add(list);
                    open.Push(list);
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    open.Pop();
                    break;
                case JsonTokenType.String:
                    Add(reader.GetString()!);
                    break;
                case JsonTokenType.Number:
                    Add(reader.TryGetInt64(out long number) ? (object)number : DocumentValue.Other);
                    break;
                case JsonTokenType.True or JsonTokenType.False:
                    Add(reader.GetBoolean());
                    break;
                default:
                    Add(DocumentValue.Other);
                    break;
            }
        }

        return root!;

        void Add(object value)
        {
            switch (open.TryPeek(out object? parent) ? parent : null)
            {
                case DocumentTable outer:
                    outer.Add(key, new DocumentValue(value, line));
                    break;
                case List<DocumentValue> list:
                    list.Add(new DocumentValue(value, line));
                    break;
                default:
                    throw new DocumentException("It is not an object", line);
            }
        }
    }
}
