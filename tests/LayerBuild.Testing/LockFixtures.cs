using System.Security.Cryptography;
using System.Text.Json;

namespace LayerBuild.Testing;

/// <summary>
/// Real lock files and what their tools install from them, in <c>fixtures/locks</c> of a folder named <c>shared</c> beside
/// the repository. It is not part of the repository: where it is absent, what needs it is skipped.
/// </summary>
internal static class LockFixtures
{
    /// <summary>Full path of the fixtures; null where they are absent.</summary>
    public static string? Folder { get; } = Find();

    /// <summary>Full paths of the folders that hold a lock file and its answers, in ordinal order.</summary>
    public static IEnumerable<string> Locks =>
        Folder is null ? [] : Directory.EnumerateDirectories(Path.Combine(Folder, "locks"), "answers", SearchOption.AllDirectories).Select(a => Path.GetDirectoryName(a)!).Order(StringComparer.Ordinal);

    /// <summary>The files of the index by package and SHA-256: name and size in bytes.</summary>
    public static IReadOnlyDictionary<(string Package, string Sha256), (string Name, long? Size)> Index { get; } = ReadIndex();

    private static Dictionary<(string, string), (string, long?)> ReadIndex()
    {
        var files = new Dictionary<(string, string), (string, long?)>();
        foreach (string page in Folder is null ? [] : Directory.EnumerateFiles(Path.Combine(Folder, "index", "simple"), "index.json", SearchOption.AllDirectories))
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(page));
            string package = Path.GetFileName(Path.GetDirectoryName(page)!);
            foreach (JsonElement file in json.RootElement.GetProperty("files").EnumerateArray())
            {
                files[(package, file.GetProperty("hashes").GetProperty("sha256").GetString()!)] =
                    (file.GetProperty("filename").GetString()!, file.TryGetProperty("size", out JsonElement size) ? size.GetInt64() : null);
            }
        }

        // The second index has no pages in JSON; its files are here themselves.
        foreach (string wheel in Folder is null ? [] : Directory.EnumerateFiles(Path.Combine(Folder, "index", "pkgs.example"), "*.whl", SearchOption.AllDirectories))
        {
            byte[] bytes = File.ReadAllBytes(wheel);
            string name = Path.GetFileName(wheel);
            files[(name.Split('-')[0].Replace('_', '-'), Convert.ToHexStringLower(SHA256.HashData(bytes)))] = (name, bytes.Length);
        }

        return files;
    }

    private static string? Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string fixtures = Path.Combine(folder.FullName, "shared", "fixtures");
            if (Directory.Exists(Path.Combine(fixtures, "locks")))
            {
                return fixtures;
            }
        }

        return null;
    }
}

/// <summary>A test of real lock files; skipped where they are missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresLockFixturesFactAttribute : FactAttribute
{
    public RequiresLockFixturesFactAttribute()
    {
        if (LockFixtures.Folder is null)
        {
            Skip = "Needs the lock files of ../shared/fixtures/locks.";
        }
    }
}
