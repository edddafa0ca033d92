using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LayerBuild.Files;

namespace LayerBuild.Publish.Cache;

/// <summary>A file of a finished layer.</summary>
/// <param name="Name">File name, without folders.</param>
/// <param name="Sha256">Lower-case hex.</param>
/// <param name="Size">Bytes.</param>
internal sealed record CachedFile(string Name, string Sha256, long Size);

/// <summary>What the remote cache knows of a finished layer: its files, by hash, and what the build warned of.</summary>
/// <param name="InputsHash">Key: hash of everything that the layer was made of, lower-case hex.</param>
/// <param name="Notes">Lines of the build that made it (warnings to repeat); in its order.</param>
internal sealed record CachedLayer(string InputsHash, IReadOnlyList<CachedFile> Files, IReadOnlyList<string> Notes)
{
    /// <summary>Bytes that an index may have.</summary>
    public const long MaxIndex = 1 << 20;

    private const int Schema = 1;

    /// <summary>UTF-8; holds a hash of itself, so that damage is seen.</summary>
    public byte[] ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("schema", Schema);
            json.WriteString("inputs", InputsHash);
            json.WriteStartArray("files");
            foreach (CachedFile file in Files)
            {
                json.WriteStartObject();
                json.WriteString("name", file.Name);
                json.WriteString("sha256", file.Sha256);
                json.WriteNumber("size", file.Size);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("notes");
            foreach (string note in Notes)
            {
                json.WriteStringValue(note);
            }

            json.WriteEndArray();
            json.WriteString("digest", Digest());
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>Null when this is not the whole, undamaged index of <paramref name="inputsHash"/>.</summary>
    public static CachedLayer? Parse(byte[] bytes, string inputsHash)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            JsonElement root = document.RootElement;
            var layer = new CachedLayer(
                root.RequiredText("inputs"),
                [.. root.GetProperty("files").EnumerateArray().Select(f => new CachedFile(f.RequiredText("name"), f.RequiredText("sha256"), f.GetProperty("size").GetInt64()))],
                root.Texts("notes"));
            return root.GetProperty("schema").GetInt32() == Schema
                && layer.InputsHash == inputsHash
                && root.RequiredText("digest") == layer.Digest()
                && layer.Files.All(IsSafe)
                && layer.Files.DistinctBy(f => f.Name, StringComparer.OrdinalIgnoreCase).Count() == layer.Files.Count
                    ? layer
                    : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static bool IsSafe(CachedFile file) =>
        file.Name is { Length: > 0 } and not ("." or "..") && file.Name.IndexOfAny(['/', '\\', ':', '\0']) < 0
        && file.Size >= 0 && file.Sha256 is { Length: 64 } && file.Sha256.All(char.IsAsciiHexDigitLower);

    private string Digest()
    {
        var text = new StringBuilder();
        text.Append(Schema).Append('\n').Append(InputsHash).Append('\n');
        foreach (CachedFile file in Files)
        {
            text.Append(file.Name).Append('\0').Append(file.Sha256).Append('\0').Append(file.Size).Append('\n');
        }

        foreach (string note in Notes)
        {
            text.Append(note).Append('\0');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
