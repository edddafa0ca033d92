using System.Text.RegularExpressions;
using LayerBuild.Harness;

namespace LayerBuild;

/// <summary>What holds for the repository's own files.</summary>
public sealed partial class RepositoryTests
{
    [Fact]
    public void Every_code_has_a_page_that_says_what_to_do()
    {
        string[] pages = Directory.GetFiles(Path.Combine(TestHost.Repository, "docs", "diagnostics"), "lb?xxx.md");
        string[] entries = [.. pages.SelectMany(File.ReadLines).Where(l => l.StartsWith("## LB", StringComparison.Ordinal)).Select(l => l.Split(' ')[1].TrimEnd(':'))];
        string[] emitted =
        [
            .. Sources("src", "*.cs", "*.targets")
                .SelectMany(file => QuotedCode().Matches(File.ReadAllText(file)).Select(m => m.Groups[1].Value))
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];

        Assert.Equal(entries.Distinct(), entries);
        Assert.NotEmpty(emitted);
        Assert.Empty(emitted.Except(entries));
    }

    [Fact]
    public void Every_entry_stands_on_the_page_of_its_range_in_order()
    {
        foreach (string page in Directory.GetFiles(Path.Combine(TestHost.Repository, "docs", "diagnostics"), "lb?xxx.md"))
        {
            string[] codes = [.. File.ReadLines(page).Where(l => l.StartsWith("## LB", StringComparison.Ordinal)).Select(l => l.Split(' ')[1])];

            Assert.Equal(codes.Order(StringComparer.Ordinal), codes);
            Assert.All(codes, code => Assert.Equal(Path.GetFileName(page)[..3], code[..3], ignoreCase: true));
        }
    }

    [Fact]
    public void Links_between_the_documents_lead_somewhere()
    {
        foreach (string page in Sources(".", "*.md"))
        {
            foreach (Match link in RelativeLink().Matches(File.ReadAllText(page)))
            {
                string target = Path.Combine(Path.GetDirectoryName(page)!, link.Groups[1].Value.Split('#')[0]);
                Assert.True(Path.Exists(target), $"{page} links to {link.Groups[1].Value}, which is not there.");
            }
        }
    }

    [Fact]
    public void No_file_names_a_path_of_a_machine()
    {
        string[] paths = [TestHost.Repository + Path.DirectorySeparatorChar, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + Path.DirectorySeparatorChar];
        string[] named = [.. Sources(".", "*.*").Where(file => paths.Any(File.ReadAllText(file).Contains))];

        Assert.Empty(named);
    }

    /// <summary>Files that git would keep, without those that are not text.</summary>
    private static IEnumerable<string> Sources(string folder, params string[] patterns)
    {
        string[] built = ["bin", "obj", "artifacts", "TestResults", ".git", "node_modules", "feed"];
        return patterns.SelectMany(pattern => Directory.EnumerateFiles(Path.Combine(TestHost.Repository, folder), pattern, SearchOption.AllDirectories))
            .Where(file => !Path.GetRelativePath(TestHost.Repository, file).Split(Path.DirectorySeparatorChar).Any(built.Contains))
            .Where(file => Path.GetExtension(file) is not (".png" or ".whl" or ".zip" or ".binlog" or ".so" or ".gz"));
    }

    [GeneratedRegex("\"(LB[1-9][0-9]{3})\"")]
    private static partial Regex QuotedCode();

    [GeneratedRegex(@"\]\((?!https?:|#|mailto:)([^)\s]+)\)")]
    private static partial Regex RelativeLink();
}
