using System.Text.Json;

namespace LayerBuild.Files;

/// <summary>
/// Fields of JSON objects, read and written one by one: contracts for a serializer would cost every build more time than
/// the reading and writing.
/// </summary>
internal static class JsonFields
{
    /// <summary>A field that may be missing, or null.</summary>
    public static string? Text(this JsonElement row, string field) =>
        row.TryGetProperty(field, out JsonElement value) ? value.GetString() : null;

    /// <exception cref="KeyNotFoundException">It is missing.</exception>
    /// <exception cref="InvalidOperationException">It is no string.</exception>
    public static string RequiredText(this JsonElement row, string field) =>
        row.GetProperty(field).GetString() ?? throw new InvalidOperationException($"{field} is null.");

    /// <summary>A whole number that may be missing.</summary>
    public static long Number(this JsonElement row, string field, long missing = 0) =>
        row.TryGetProperty(field, out JsonElement value) ? value.GetInt64() : missing;

    /// <summary>An array of strings.</summary>
    public static string[] Texts(this JsonElement row, string field)
    {
        JsonElement array = row.GetProperty(field);
        var texts = new string[array.GetArrayLength()];
        for (int i = 0; i < texts.Length; i++)
        {
            texts[i] = array[i].GetString() ?? throw new InvalidOperationException($"{field} holds null.");
        }

        return texts;
    }

    /// <summary>An object whose values are strings.</summary>
    public static Dictionary<string, string> Map(this JsonElement row, string field, StringComparer comparer)
    {
        var map = new Dictionary<string, string>(comparer);
        foreach (JsonProperty property in row.GetProperty(field).EnumerateObject())
        {
            map.Add(property.Name, property.Value.GetString()!);
        }

        return map;
    }

    /// <summary>An object whose values are arrays of strings.</summary>
    public static Dictionary<string, string[]> Lists(this JsonElement row, string field)
    {
        var lists = new Dictionary<string, string[]>(StringComparer.Ordinal);
        JsonElement value = row.GetProperty(field);
        foreach (JsonProperty property in value.EnumerateObject())
        {
            lists.Add(property.Name, value.Texts(property.Name));
        }

        return lists;
    }

    /// <summary>Leaves a field out that is null.</summary>
    public static void WriteText(this Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }

    /// <summary>Leaves a field out that is null.</summary>
    public static void WriteList(this Utf8JsonWriter writer, string name, IEnumerable<string>? values)
    {
        if (values is null)
        {
            return;
        }

        writer.WriteStartArray(name);
        foreach (string value in values)
        {
            writer.WriteStringValue(value);
        }

        writer.WriteEndArray();
    }
}
