using System.Text.Json;
using LayerBuild.Files;
using LayerBuild.Lambda;

namespace LayerBuild.Formats.Npm;

/// <summary>
/// What a package of npm says it is for, in the os, cpu and libc fields of its package.json: each a list of names, or
/// of names with a <c>!</c> before them that are excluded.
/// </summary>
internal static class NpmPlatform
{
    /// <summary>Why a package is not for Lambda's platform, as its package.json says it (<c>libc musl</c>); null when it is.</summary>
    /// <param name="package">An object with those fields: a package.json, or an entry of a lock file.</param>
    public static string? Excluded(JsonElement package, Architecture architecture) =>
        Excludes(package, "os", "linux") ?? Excludes(package, "cpu", architecture.NodeCpu) ?? Excludes(package, "libc", "glibc");

    private static string? Excludes(JsonElement package, string field, string value)
    {
        string[] names = package.FindText(field) is { } single ? [single] : [.. package.FindList(field)?.OnlyTexts() ?? []];
        bool excluded = names.Contains($"!{value}");
        string[] wanted = [.. names.Where(n => !n.StartsWith('!'))];
        return excluded || (wanted.Length > 0 && !wanted.Contains(value) && !wanted.Contains("any"))
            ? $"{field} {string.Join(", ", names)}"
            : null;
    }
}
