using System.Reflection;
using System.Text.Json;

namespace LayerBuild.Collect;

/// <summary>
/// The facts that this assembly carries as JSON files. They are read as they are: contracts for a serializer would cost
/// every build more time than the reading.
/// </summary>
internal static class DataFile
{
    /// <param name="name">Path in the project: <c>Collect/runtimes.json</c>.</param>
    public static JsonElement Read(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.Clone();
    }

    /// <summary>A field that may be missing.</summary>
    public static string? Text(this JsonElement row, string field) =>
        row.TryGetProperty(field, out JsonElement value) ? value.GetString() : null;

    /// <summary>An array of strings.</summary>
    public static string[] Texts(this JsonElement row, string field) =>
        [.. row.GetProperty(field).EnumerateArray().Select(text => text.GetString()!)];

    /// <summary>An object whose values are strings.</summary>
    public static Dictionary<string, string> Map(this JsonElement row, string field, StringComparer comparer) =>
        row.GetProperty(field).EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString()!, comparer);

    /// <summary>An object whose values are arrays of strings.</summary>
    public static Dictionary<string, string[]> Lists(this JsonElement row, string field) =>
        row.GetProperty(field).EnumerateObject().ToDictionary(p => p.Name, p => row.GetProperty(field).Texts(p.Name), StringComparer.Ordinal);
}
