using System.Text.Json;

namespace LayerBuild.Files;

/// <summary>
/// Fields of JSON objects, read and written one by one: contracts for a serializer would cost every build more time than
/// the reading and writing.
/// </summary>
internal static class JsonFields
{
    /// <summary>A text of somebody else's object: null when it is missing, or anything else.</summary>
    public static string? FindText(this JsonElement row, string field) =>
        row.Find(field) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    /// <summary>A number of somebody else's object: null when it is missing, or anything else.</summary>
    public static long? FindNumber(this JsonElement row, string field) =>
        row.Find(field) is { ValueKind: JsonValueKind.Number } value ? value.GetInt64() : null;

    /// <summary>An object in somebody else's object: null when it is missing, or anything else.</summary>
    public static JsonElement? FindObject(this JsonElement row, string field) =>
        row.Find(field) is { ValueKind: JsonValueKind.Object } value ? value : null;

    /// <summary>What an array of somebody else's object holds: null when it is missing, or anything else.</summary>
    public static IEnumerable<JsonElement>? FindList(this JsonElement row, string field) =>
        row.Find(field) is { ValueKind: JsonValueKind.Array } value ? value.EnumerateArray() : null;

    /// <summary>The texts among <paramref name="values"/>.</summary>
    public static IEnumerable<string> OnlyTexts(this IEnumerable<JsonElement> values) =>
        values.Where(value => value.ValueKind == JsonValueKind.String).Select(value => value.GetString()!);

    /// <summary>A field of somebody else's object, whatever it is; null when it is missing.</summary>
    public static JsonElement? Find(this JsonElement row, string field) =>
        row.ValueKind == JsonValueKind.Object && row.TryGetProperty(field, out JsonElement value) ? value : null;

    /// <summary>A field of our own object that may be missing, or null.</summary>
    /// <exception cref="InvalidOperationException">It is no string.</exception>
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
