using System.Text.Json;
using LayerBuild.Lambda;

namespace LayerBuild.Publish;

/// <summary>
/// The least that an account which attaches the layers needs in IAM: to get exactly these versions. A policy holds in one
/// partition only.
/// </summary>
internal static class ConsumerPolicy
{
    public static void Write(Utf8JsonWriter json, IReadOnlyList<LayerVersionArn> versions)
    {
        json.WriteStartObject();
        json.WriteString("Version", "2012-10-17");
        json.WriteStartArray("Statement");
        json.WriteStartObject();
        json.WriteString("Effect", "Allow");
        json.WriteString("Action", "lambda:GetLayerVersion");
        json.WriteStartArray("Resource");
        foreach (LayerVersionArn version in versions)
        {
            json.WriteStringValue(version.ToString());
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
