using System.Text.Json;
using LayerBuild.Files;

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
            : throw new JsonException("The response is not a JSON object.");
    }

    public static T Describe<T>(this JsonElement e, T version)
        where T : LayerVersionDescription
    {
        version.LayerVersionArn = e.FindText("LayerVersionArn");
        version.Version = e.FindNumber("Version");
        version.Description = e.FindText("Description");
        version.LicenseInfo = e.FindText("LicenseInfo");
        version.CreatedDate = e.FindText("CreatedDate");
        version.CompatibleRuntimes = e.TextList("CompatibleRuntimes");
        version.CompatibleArchitectures = e.TextList("CompatibleArchitectures");
        return version;
    }

    public static T Version<T>(this JsonElement e, T version)
        where T : GetLayerVersionResponse
    {
        e.Describe(version);
        version.LayerArn = e.FindText("LayerArn");
        version.Content = e.FindObject("Content") is { } content
            ? new LayerVersionContentOutput
            {
                CodeSha256 = content.FindText("CodeSha256"),
                CodeSize = content.FindNumber("CodeSize"),
                Location = content.FindText("Location"),
            }
            : null;
        return version;
    }

    public static FunctionConfiguration Function(this JsonElement e) => new()
    {
        FunctionName = e.FindText("FunctionName"),
        FunctionArn = e.FindText("FunctionArn"),
        Runtime = e.FindText("Runtime"),
        Architectures = e.TextList("Architectures"),
        PackageType = e.FindText("PackageType"),
        Layers = e.List("Layers", layer => new Layer { Arn = layer.FindText("Arn"), CodeSize = layer.FindNumber("CodeSize") }),
        RevisionId = e.FindText("RevisionId"),
        Version = e.FindText("Version"),
        State = e.FindText("State"),
        LastUpdateStatus = e.FindText("LastUpdateStatus"),
        LastUpdateStatusReason = e.FindText("LastUpdateStatusReason"),
    };

    public static List<T>? List<T>(this JsonElement e, string name, Func<JsonElement, T> read) => e.FindList(name) is { } items ? [.. items.Select(read)] : null;

    public static List<string>? TextList(this JsonElement e, string name) => e.List(name, item => item.GetString() ?? "");
}
