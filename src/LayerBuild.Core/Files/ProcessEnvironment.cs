using System.Collections;

namespace LayerBuild.Files;

/// <summary>The environment variables of this process, and how their names are compared.</summary>
internal static class ProcessEnvironment
{
    /// <summary>Windows does not mind the case of a name: PATH is <c>Path</c> there.</summary>
    public static StringComparer Names { get; } = OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    public static IReadOnlyDictionary<string, string> Read()
    {
        var variables = new Dictionary<string, string>(Names);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            variables[(string)variable.Key] = (string?)variable.Value ?? "";
        }

        return variables;
    }
}
