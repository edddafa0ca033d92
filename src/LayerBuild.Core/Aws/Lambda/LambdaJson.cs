using System.Text.Json;

namespace LayerBuild.Aws.Lambda;

/// <summary>REST-JSON bodies of the Lambda API. Members that an answer lacks, or that are new, are no errors.</summary>
internal static class LambdaJson
{
    /// <summary>Members that are null are left out, as the API wants it.</summary>
    public static byte[] Write(Action<Utf8JsonWriter> members)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }

    public static T Read<T>(byte[] body, Func<JsonElement, T> read)
    {
        using JsonDocument document = JsonDocument.Parse(body);
        return document.RootElement.ValueKind == JsonValueKind.Object
            ? read(document.RootElement)
            : throw new JsonException("The answer is not a JSON object.");
    }

    public static T Describe<T>(this JsonElement e, T version)
        where T : LayerVersionDescription
    {
        version.LayerVersionArn = e.Text("LayerVersionArn");
        version.Version = e.Number("Version");
        version.Description = e.Text("Description");
        version.LicenseInfo = e.Text("LicenseInfo");
        version.CreatedDate = e.Text("CreatedDate");
        version.CompatibleRuntimes = e.TextList("CompatibleRuntimes");
        version.CompatibleArchitectures = e.TextList("CompatibleArchitectures");
        return version;
    }

    public static T Version<T>(this JsonElement e, T version)
        where T : GetLayerVersionResponse
    {
        e.Describe(version);
        version.LayerArn = e.Text("LayerArn");
        version.Content = e.Member("Content") is { } content
            ? new LayerVersionContentOutput
            {
                CodeSha256 = content.Text("CodeSha256"),
                CodeSize = content.Number("CodeSize"),
                Location = content.Text("Location"),
            }
            : null;
        return version;
    }

    public static FunctionConfiguration Function(this JsonElement e) => new()
    {
        FunctionName = e.Text("FunctionName"),
        FunctionArn = e.Text("FunctionArn"),
        Runtime = e.Text("Runtime"),
        Architectures = e.TextList("Architectures"),
        PackageType = e.Text("PackageType"),
        Layers = e.List("Layers", layer => new Layer { Arn = layer.Text("Arn"), CodeSize = layer.Number("CodeSize") }),
        RevisionId = e.Text("RevisionId"),
        Version = e.Text("Version"),
        State = e.Text("State"),
        LastUpdateStatus = e.Text("LastUpdateStatus"),
        LastUpdateStatusReason = e.Text("LastUpdateStatusReason"),
    };

    public static JsonElement? Member(this JsonElement e, string name) =>
        e.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Object ? value : null;

    public static string? Text(this JsonElement e, string name) =>
        e.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public static long? Number(this JsonElement e, string name) =>
        e.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : null;

    public static List<T>? List<T>(this JsonElement e, string name, Func<JsonElement, T> read) =>
        e.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(read)]
            : null;

    public static List<string>? TextList(this JsonElement e, string name) => e.List(name, item => item.GetString() ?? "");
}
