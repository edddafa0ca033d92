using LayerBuild.Formats.Python;

namespace LayerBuild.Formats.Wheel;

/// <summary>
/// The wheel tags that load on a target, in falling preference: CPython's own, the stable ABI from its minimum on,
/// pure Python; manylinux by glibc's arithmetic with the legacy names. Never musllinux, free-threaded builds or other systems.
/// </summary>
internal sealed class WheelTags
{
    private readonly Dictionary<string, int> _ranks = new(StringComparer.Ordinal);

    private WheelTags(PythonTarget target)
    {
        Version python = target.Python;
        string machine = target.Architecture.Machine;
        Platforms = [.. PlatformsOf(target.Glibc, machine)];
        string own = $"cp{python.Major}{python.Minor}";
        // Until 3.7 the ABI's name told of the memory allocator; 2.7's also of the width of its characters.
        Abi = python switch
        {
            { Major: 2 } => own + "mu",
            { Major: 3, Minor: < 8 } => own + "m",
            _ => own,
        };

        Add(own, Abi, Platforms);
        if (python.Major == 3)
        {
            Add(own, "abi3", Platforms);
            Add(own, "none", Platforms);
            for (int minor = python.Minor - 1; minor >= 2; minor--)
            {
                Add($"cp3{minor}", "abi3", Platforms);
            }
        }
        else
        {
            Add(own, "none", Platforms);
        }

        string[] pure = [$"py{python.Major}{python.Minor}", $"py{python.Major}", .. Enumerable.Range(1, python.Minor).Select(n => $"py{python.Major}{python.Minor - n}")];
        foreach (string tag in pure)
        {
            Add(tag, "none", Platforms);
        }

        Add(own, "none", ["any"]);
        foreach (string tag in pure)
        {
            Add(tag, "none", ["any"]);
        }
    }

    /// <summary>The ABI of extension modules: <c>cp312</c>.</summary>
    public string Abi { get; }

    /// <summary>Platform tags, newest first.</summary>
    public IReadOnlyList<string> Platforms { get; }

    /// <summary>All tags, best first.</summary>
    public IEnumerable<string> All => _ranks.OrderBy(r => r.Value).Select(r => r.Key);

    public static WheelTags For(PythonTarget target) => new(target);

    /// <summary>Place of the wheel's best tag in the order of preference, 0 being the best; null when none loads.</summary>
    public int? Rank(WheelFileName wheel)
    {
        int best = int.MaxValue;
        foreach (string tag in wheel.Tags())
        {
            if (_ranks.TryGetValue(tag, out int rank))
            {
                best = Math.Min(best, rank);
            }
        }

        return best == int.MaxValue ? null : best;
    }

    /// <summary>Why a wheel does not load on the target these tags are for, in a few words; null when it does.</summary>
    public string? WhyNot(WheelFileName wheel, PythonTarget target)
    {
        if (Rank(wheel) is not null)
        {
            return null;
        }

        string machine = target.Architecture.Machine;
        string[] fitting = [.. wheel.Platforms.Where(p => p == "any" || p.EndsWith("_" + machine, StringComparison.Ordinal))];
        if (wheel.Platforms.All(p => p.StartsWith("macosx_", StringComparison.Ordinal)))
        {
            return "for macOS";
        }

        if (wheel.Platforms.All(p => p.StartsWith("win", StringComparison.Ordinal)))
        {
            return "for Windows";
        }

        if (wheel.Platforms.All(p => !p.Contains("linux", StringComparison.Ordinal) && p != "any"))
        {
            return $"for {string.Join(", ", wheel.Platforms)}";
        }

        if (fitting.Length == 0)
        {
            return $"for another CPU, {target.Architecture.Machine} is needed";
        }

        if (fitting.All(p => p.StartsWith("musllinux_", StringComparison.Ordinal)))
        {
            return "for musl, Lambda has glibc";
        }

        if (!fitting.Any(p => p == "any" || Platforms.Contains(p)))
        {
            return $"needs {string.Join(" or ", fitting.Select(Glibc).Distinct())}, {target.Runtime.Id} has {target.Glibc}";
        }

        if (wheel.Abis.Any(a => a.EndsWith('t') && a.StartsWith("cp", StringComparison.Ordinal)))
        {
            return "for free-threaded Python";
        }

        return wheel.Pythons.All(p => p.StartsWith("pp", StringComparison.Ordinal))
            ? "for PyPy"
            : $"for {string.Join(", ", wheel.Pythons.Select(p => Language(p, wheel.Abis.Contains("abi3"))))}";
    }

    private static string Glibc(string platform)
    {
        string[] parts = platform.Split('_');
        return parts.Length > 3 && parts[0] == "manylinux" ? $"glibc {parts[1]}.{parts[2]}" : platform;
    }

    private static string Language(string tag, bool stable)
    {
        string digits = tag.TrimStart([.. "abcdefghijklmnopqrstuvwxyz"]);
        string version = digits.Length > 1 ? $"{digits[0]}.{digits[1..]}" : digits;
        return $"Python {version}{(stable ? " and later" : "")}";
    }

    private static IEnumerable<string> PlatformsOf(Version glibc, string machine)
    {
        // aarch64 came with 2.17; x86_64 has names since 2.5.
        int oldest = machine == "x86_64" ? 5 : 17;
        for (int minor = glibc.Minor; minor >= oldest; minor--)
        {
            yield return $"manylinux_{glibc.Major}_{minor}_{machine}";
            string? legacy = minor switch
            {
                17 => "manylinux2014",
                12 => "manylinux2010",
                5 => "manylinux1",
                _ => null,
            };
            if (legacy is not null)
            {
                yield return $"{legacy}_{machine}";
            }
        }

        // Promises nothing about glibc; the files themselves are checked later.
        yield return $"linux_{machine}";
    }

    private void Add(string python, string abi, IReadOnlyList<string> platforms)
    {
        foreach (string platform in platforms)
        {
            _ranks.TryAdd($"{python}-{abi}-{platform}", _ranks.Count);
        }
    }
}
