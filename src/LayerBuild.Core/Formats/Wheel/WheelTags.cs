using LayerBuild.Formats.Python;

namespace LayerBuild.Formats.Wheel;

/// <summary>
/// The wheel tags that load on a target, in falling preference: CPython's own, the stable ABI from its minimum on,
/// pure Python; manylinux by glibc's arithmetic with the legacy names. Never musllinux, free-threaded builds or other systems.
/// </summary>
internal sealed class WheelTags
{
    private readonly Dictionary<string, int> _ranks = new(StringComparer.Ordinal);
    private readonly string _machine;

    private WheelTags(PythonTarget target)
    {
        Version python = target.Python;
        _machine = target.Architecture.Machine;
        Platforms = [.. PlatformsOf(target.Glibc, _machine)];
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

    /// <summary>
    /// The file that serves the target best: by the best of its tags, then by the higher build tag. The order of the files
    /// says nothing. Null when none is a wheel that loads.
    /// </summary>
    /// <param name="name">File name of one of them.</param>
    public T? Best<T>(IEnumerable<T> files, Func<T, string?> name)
        where T : class
    {
        T? best = null;
        (int Rank, WheelFileName Wheel)? lead = null;
        foreach (T file in files)
        {
            if (name(file) is { } text
                && MayLoad(text)
                && WheelFileName.TryParse(text, out WheelFileName? wheel)
                && Rank(wheel) is { } rank
                && (lead is not { } leader || rank < leader.Rank || (rank == leader.Rank && wheel.CompareBuild(leader.Wheel) > 0)))
            {
                best = file;
                lead = (rank, wheel);
            }
        }

        return best;
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

    /// <summary>Cheap to ask of the dozens of wheels that a package has for other machines.</summary>
    private bool MayLoad(string fileName)
    {
        ReadOnlySpan<char> platforms = fileName.AsSpan(fileName.LastIndexOf('-') + 1);
        return platforms.Contains(_machine, StringComparison.Ordinal) || platforms.Contains("any", StringComparison.Ordinal);
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
