using System.Reflection;
using System.Text.Json;

namespace LayerBuild.Files;

/// <summary>The facts that this assembly carries as JSON files.</summary>
internal static class DataFile
{
    /// <param name="name">Path in the project: <c>Lambda/runtimes.json</c>.</param>
    public static JsonElement Read(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.Clone();
    }
}
