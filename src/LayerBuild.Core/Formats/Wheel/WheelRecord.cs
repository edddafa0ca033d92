using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace LayerBuild.Formats.Wheel;

/// <summary>A row of a RECORD: a path, and what its bytes must hash to.</summary>
/// <param name="Algorithm">Null when the row has no hash.</param>
/// <param name="Size">Null when the row has none.</param>
internal sealed record RecordRow(string Path, HashAlgorithmName? Algorithm, byte[] Hash, long? Size);

/// <summary>
/// RECORD of a wheel or an installed distribution: CSV of path, <c>algorithm=urlsafe-base64-nopad</c>, size
/// (packaging.python.org, recording-installed-packages).
/// </summary>
internal static class WheelRecord
{
    /// <exception cref="InvalidDataException">The text is no RECORD; the message says which row.</exception>
    public static List<RecordRow> Parse(string text)
    {
        var rows = new List<RecordRow>();
        var fields = new List<string>(3);
        int at = 0;
        while (at < text.Length)
        {
            fields.Clear();
            ReadRow(text, ref at, fields);
            if (fields.Count == 1 && fields[0].Length == 0)
            {
                continue;
            }

            rows.Add(ToRow(fields));
        }

        return rows;
    }

    /// <summary>
    /// The paths alone, whatever their hashes are: of a RECORD in a finished layer, which may be anybody's. What is behind a
    /// damaged row is left out.
    /// </summary>
    public static List<string> Paths(string text)
    {
        var paths = new List<string>();
        var fields = new List<string>(3);
        int at = 0;
        try
        {
            while (at < text.Length)
            {
                fields.Clear();
                ReadRow(text, ref at, fields);
                if (fields[0].Length > 0)
                {
                    paths.Add(fields[0]);
                }
            }
        }
        catch (InvalidDataException)
        {
            // Who reads paths alone asks whose a file is, and can do without an answer.
        }

        return paths;
    }

    /// <summary>Writes a row with a SHA-256.</summary>
    public static void WriteRow(ArrayBufferWriter<byte> record, ReadOnlySpan<char> path, ReadOnlySpan<byte> sha256, long size)
    {
        const int HashLength = 43;
        WritePath(record, path);
        record.Write(",sha256="u8);
        Base64Url.EncodeToUtf8(sha256, record.GetSpan(HashLength));
        record.Advance(HashLength);
        record.Write(","u8);
        Utf8Formatter.TryFormat(size, record.GetSpan(20), out int digits);
        record.Advance(digits);
        record.Write("\n"u8);
    }

    /// <summary>Writes a row without hash and size: RECORD's own.</summary>
    public static void WriteRow(ArrayBufferWriter<byte> record, ReadOnlySpan<char> path)
    {
        WritePath(record, path);
        record.Write(",,\n"u8);
    }

    private static void WritePath(ArrayBufferWriter<byte> record, ReadOnlySpan<char> path)
    {
        if (path.IndexOfAny(',', '"') >= 0)
        {
            path = $"\"{path.ToString().Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        }

        record.Advance(Encoding.UTF8.GetBytes(path, record.GetSpan(Encoding.UTF8.GetMaxByteCount(path.Length))));
    }

    private static void ReadRow(string text, ref int at, List<string> fields)
    {
        while (true)
        {
            string field;
            if (at < text.Length && text[at] == '"')
            {
                var value = new StringBuilder();
                at++;
                while (true)
                {
                    int quote = text.IndexOf('"', at);
                    if (quote < 0)
                    {
                        throw new InvalidDataException("its RECORD ends inside quotes");
                    }

                    value.Append(text, at, quote - at);
                    at = quote + 1;
                    if (at == text.Length || text[at] != '"')
                    {
                        break;
                    }

                    value.Append('"');
                    at++;
                }

                field = value.ToString();
            }
            else
            {
                int end = text.AsSpan(at).IndexOfAny(',', '\r', '\n');
                end = end < 0 ? text.Length : at + end;
                field = text[at..end];
                at = end;
            }

            fields.Add(field);
            if (at == text.Length)
            {
                return;
            }

            char c = text[at++];
            if (c == '\r' && at < text.Length && text[at] == '\n')
            {
                at++;
            }

            if (c is '\r' or '\n')
            {
                return;
            }

            if (c != ',')
            {
                throw new InvalidDataException($"its RECORD has text after the quotes of '{field}'");
            }
        }
    }

    private static RecordRow ToRow(List<string> fields)
    {
        string path = fields[0];
        string hash = fields.Count > 1 ? fields[1] : "";
        string size = fields.Count > 2 ? fields[2] : "";
        if (path.Length == 0 || fields.Count > 3)
        {
            throw new InvalidDataException($"its RECORD has a row that is not path,hash,size: '{string.Join(',', fields)}'");
        }

        long? bytes = null;
        if (size.Length > 0)
        {
            bytes = long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out long parsed)
                ? parsed
                : throw new InvalidDataException($"its RECORD has no valid size for '{path}': '{size}'");
        }

        if (hash.Length == 0)
        {
            return new RecordRow(path, null, [], bytes);
        }

        int equals = hash.IndexOf('=', StringComparison.Ordinal);
        (HashAlgorithmName name, int length) = (equals < 0 ? "" : hash[..equals].ToLowerInvariant()) switch
        {
            "sha256" => (HashAlgorithmName.SHA256, 32),
            "sha384" => (HashAlgorithmName.SHA384, 48),
            "sha512" => (HashAlgorithmName.SHA512, 64),
            _ => throw new InvalidDataException($"its RECORD has no sha256 (or better) for '{path}': '{hash}'"),
        };
        byte[] value;
        try
        {
            value = Base64Url.DecodeFromChars(hash.AsSpan(equals + 1));
        }
        catch (FormatException)
        {
            value = [];
        }

        return value.Length == length
            ? new RecordRow(path, name, value, bytes)
            : throw new InvalidDataException($"its RECORD has no valid hash for '{path}': '{hash}'");
    }
}
