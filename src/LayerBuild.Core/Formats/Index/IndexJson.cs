using System.Text.Json;

namespace LayerBuild.Formats.Index;

/// <summary>Reads a page in JSON (PEP 691), without a tree: pages of many megabytes are common.</summary>
internal static class IndexJson
{
    /// <exception cref="FormatException">It is not JSON, not a page, or of another version of the API.</exception>
    public static IReadOnlyList<IndexFile> Parse(ReadOnlySpan<byte> body)
    {
        // Some servers put a byte order mark before it.
        var reader = new Utf8JsonReader(body.StartsWith("\uFEFF"u8) ? body[3..] : body);
        try
        {
            return Read(ref reader);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second is for strings that are not UTF-8.
            throw new FormatException("it is not valid JSON", e);
        }
    }

    private static List<IndexFile> Read(ref Utf8JsonReader reader)
    {
        List<IndexFile>? files = null;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new FormatException("it is not a JSON object");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("files"u8))
            {
                files = ReadFiles(ref reader);
            }
            else if (reader.ValueTextEquals("meta"u8))
            {
                CheckVersion(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        while (reader.Read())
        {
            // Nothing may follow; the reader says so.
        }

        return files ?? throw new FormatException("it has no list of files");
    }

    private static void CheckVersion(ref Utf8JsonReader reader)
    {
        if (!Enter(ref reader, JsonTokenType.StartObject))
        {
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("api-version"u8))
            {
                if (ReadText(ref reader) is { } version && !version.StartsWith("1.", StringComparison.Ordinal) && version != "1")
                {
                    throw new FormatException($"it is of version {version} of the simple repository API, and version 1 is known here");
                }
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static List<IndexFile>? ReadFiles(ref Utf8JsonReader reader)
    {
        if (!Enter(ref reader, JsonTokenType.StartArray))
        {
            return null;
        }

        var files = new List<IndexFile>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
            }
            else if (ReadFile(ref reader) is { } file)
            {
                files.Add(file);
            }
        }

        return files;
    }

    /// <returns>Null for one that cannot be used.</returns>
    private static IndexFile? ReadFile(ref Utf8JsonReader reader)
    {
        string? name = null;
        string? url = null;
        string? sha256 = null;
        string? python = null;
        string? yanked = null;
        long? size = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("filename"u8))
            {
                name = ReadText(ref reader);
            }
            else if (reader.ValueTextEquals("url"u8))
            {
                url = ReadText(ref reader);
            }
            else if (reader.ValueTextEquals("hashes"u8))
            {
                sha256 = ReadSha256(ref reader);
            }
            else if (reader.ValueTextEquals("requires-python"u8))
            {
                python = ReadText(ref reader);
            }
            else if (reader.ValueTextEquals("size"u8))
            {
                reader.Read();
                size = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long bytes) && bytes >= 0 ? bytes : null;
                reader.Skip();
            }
            else if (reader.ValueTextEquals("yanked"u8))
            {
                reader.Read();
                yanked = reader.TokenType switch
                {
                    JsonTokenType.True => "",
                    JsonTokenType.String => reader.GetString(),
                    _ => null,
                };
                reader.Skip();
            }
            else
            {
                reader.Skip();
            }
        }

        if (name is null || url is null || !IndexFile.IsName(name))
        {
            return null;
        }

        int fragment = url.IndexOf('#', StringComparison.Ordinal);
        return new IndexFile(name, fragment < 0 ? url : url[..fragment]) { Sha256 = sha256, Size = size, RequiresPython = python, Yanked = yanked };
    }

    private static string? ReadSha256(ref Utf8JsonReader reader)
    {
        string? sha256 = null;
        if (Enter(ref reader, JsonTokenType.StartObject))
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("sha256"u8))
                {
                    sha256 = IndexFile.HashIn(ReadText(ref reader));
                }
                else
                {
                    reader.Skip();
                }
            }
        }

        return sha256;
    }

    /// <summary>Goes to the value of a property; passes over one of another kind.</summary>
    private static bool Enter(ref Utf8JsonReader reader, JsonTokenType kind)
    {
        reader.Read();
        if (reader.TokenType == kind)
        {
            return true;
        }

        reader.Skip();
        return false;
    }

    private static string? ReadText(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
        {
            return reader.GetString();
        }

        reader.Skip();
        return null;
    }
}
