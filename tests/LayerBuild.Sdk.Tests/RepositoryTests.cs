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
        Assert.Equal(emitted, entries.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_code_belongs_to_one_step_unless_it_means_the_same_in_others()
    {
        // Who adds a line here has read that the code's entry holds for both.
        string[] shared =
        [
            "LB1004: Declare Stage", "LB1005: Build Declare", "LB1010: Declare LayerBuild.Tasks", "LB1011: Declare LayerBuild.Tasks", "LB1013: Declare LayerBuild.Sdk",
            "LB1014: Declare Measure", "LB1022: Declare Resolve", "LB1099: Build LayerBuild.Tasks", "LB2003: Locks Resolve",
            "LB2004: Pack Resolve", "LB2006: Resolve Stage Wheel", "LB3007: Run Verify", "LB4004: LayerBuild.Tasks Measure Publish",
            "LB4005: Measure Publish", "LB4006: Measure Publish", "LB5001: Aws Publish", "LB5009: Measure Publish", "LB5013: Build Publish",
        ];

        string[] steps =
        [
            .. from file in Sources("src", "*.cs", "*.targets")
               let folders = Path.GetRelativePath(Path.Combine(TestHost.Repository, "src"), file).Split(Path.DirectorySeparatorChar)
               let step = folders[0] != "LayerBuild.Core" ? folders[0] : folders[1] is "Steps" or "Formats" ? folders[2] : folders[1]
               from Match code in QuotedCode().Matches(File.ReadAllText(file))
               group step by code.Groups[1].Value into emitters
               let distinct = emitters.Distinct().Order(StringComparer.Ordinal).ToArray()
               where distinct.Length > 1
               orderby emitters.Key
               select $"{emitters.Key}: {string.Join(' ', distinct)}",
        ];

        Assert.Equal(shared, steps);
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
    public void The_README_has_the_same_commands_and_links_in_every_language()
    {
        string english = Readme("README.md", "README.zh-CN.md");

        Assert.Equal(english, Readme("README.zh-CN.md", "README.md"));
        Assert.Contains("dotnet build samples/SharedCode", english, StringComparison.Ordinal);

        static string Readme(string name, string other)
        {
            string text = File.ReadAllText(Path.Combine(TestHost.Repository, name));
            IEnumerable<string> links = RelativeLink().Matches(text).Select(m => m.Groups[1].Value).Where(link => link != other);
            return string.Join('\n', FencedBlock().Matches(text).Select(m => m.Value).Concat(links));
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

    [GeneratedRegex("^```.*?^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex FencedBlock();

    [GeneratedRegex(@"\]\((?!https?:|#|mailto:)([^)\s]+)\)")]
    private static partial Regex RelativeLink();
}
