using System.Globalization;
using System.Text.Json;
using LayerBuild.Files;
using LayerBuild.Lambda;

namespace LayerBuild.Formats.Python;

/// <summary>
/// The top-level modules that a Python runtime has by itself. The facts are data: <c>Formats/Python/python-modules.json</c>.
/// </summary>
internal static class PythonModules
{
    private static readonly JsonElement Data = DataFile.Read("Formats/Python/python-modules.json");
    private static readonly HashSet<string> Always = [.. Data.Texts("always")];
    private static readonly Dictionary<string, VersionRange> Sometimes = ReadSometimes();
    private static readonly HashSet<string> Carried = [.. Data.Texts("carried")];
    private static readonly HashSet<string> SeldomUsed = [.. Data.Texts("seldomUsed")];

    /// <summary>The standard library of a version. One that is newer than the data is taken for the newest in it.</summary>
    public static bool IsStandard(string module, LambdaRuntime python) =>
        Always.Contains(module)
        || (Sometimes.TryGetValue(module, out VersionRange? range) && Within(range, python));

    /// <summary>Standard modules that no other part of the library and hardly any package needs.</summary>
    public static bool IsSeldomUsed(string module) => SeldomUsed.Contains(module);

    /// <summary>boto3 and what it needs, and the runtime interface client.</summary>
    public static bool IsCarried(string module) => Carried.Contains(module);

    /// <summary>Which versions of a package the runtime's botocore works with; null when it does not need the module.</summary>
    public static (string Package, string Accepts)? NeededByBotocore(string module, LambdaRuntime python)
    {
        foreach (JsonElement row in Data.GetProperty("sdk").EnumerateArray())
        {
            if (row.Text("module") == module && Within(VersionRange.Parse(row.RequiredText("python")), python))
            {
                return (row.RequiredText("package"), row.RequiredText("accepts"));
            }
        }

        return null;
    }

    private static Dictionary<string, VersionRange> ReadSometimes()
    {
        var modules = new Dictionary<string, VersionRange>();
        foreach (JsonElement row in Data.GetProperty("sometimes").EnumerateArray())
        {
            var range = VersionRange.Parse(row.RequiredText("python"));
            foreach (string module in row.Texts("modules"))
            {
                modules.Add(module, range);
            }
        }

        return modules;
    }

    private static bool Within(VersionRange range, LambdaRuntime python)
    {
        Version version = python.PythonVersion < Oldest ? Oldest : python.PythonVersion > Newest ? Newest : python.PythonVersion;
        return version >= range.First && version <= range.Last;
    }

    private static Version Oldest => new(3, 8);

    private static Version Newest => new(3, 15);

    /// <summary>Both ends included.</summary>
    private sealed record VersionRange(Version First, Version Last)
    {
        public static VersionRange Parse(string range)
        {
            string[] ends = range.Split('-');
            return new VersionRange(Version.Parse(ends[0]), Version.Parse(ends[1]));
        }
    }
}

/// <summary>Compares versions by what PEP 440 calls the release segment: enough for upper and lower limits.</summary>
internal static class ReleaseSegment
{
    /// <param name="specifier"><c>&gt;=1.25.4,!=2.2.0,&lt;3</c>.</param>
    public static bool Satisfies(string version, string specifier)
    {
        foreach (string clause in specifier.Split(','))
        {
            string op = new([.. clause.TakeWhile(c => c is '<' or '>' or '=' or '!')]);
            int order = Compare(version, clause[op.Length..]);
            bool holds = op switch
            {
                ">=" => order >= 0,
                "<=" => order <= 0,
                "<" => order < 0,
                ">" => order > 0,
                "!=" => order != 0,
                _ => order == 0,
            };
            if (!holds)
            {
                return false;
            }
        }

        return true;
    }

    private static int Compare(string left, string right)
    {
        int[] a = Parts(left), b = Parts(right);
        for (int i = 0; i < Math.Max(a.Length, b.Length); i++)
        {
            int order = (i < a.Length ? a[i] : 0).CompareTo(i < b.Length ? b[i] : 0);
            if (order != 0)
            {
                return order;
            }
        }

        return 0;
    }

    private static int[] Parts(string version) =>
    [
        .. version.Split('.')
            .Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1)
            .TakeWhile(number => number >= 0),
    ];
}
