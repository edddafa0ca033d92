using System.Globalization;
using System.Text.Json;
using LayerBuild.Formats.Zip;
using Microsoft.Playwright;
using Xunit.Abstractions;
using static Microsoft.Playwright.Assertions;

namespace LayerBuild.Report;

public sealed class ReportPageTests(BrowserFixture browser, ITestOutputHelper output) : IClassFixture<BrowserFixture>
{
    [RequiresBrowserFact]
    public async Task The_page_shows_layers_functions_packages_growth_duplicates_and_savings()
    {
        await using OpenReport report = await browser.OpenAsync(ReportExample.Small());
        IPage page = report.Page;
        await Expect(page.Locator("h1")).ToHaveTextAsync("Demo layers");
        await Expect(page.Locator("#totals")).ToContainTextAsync("2 layers, 12 files");
        ILocator web = page.Locator("#layer-bars tbody tr").Filter(new() { HasText = "web" });
        await Expect(web).ToContainTextAsync("over its budget of 1.0 MB unzipped, grew by more than its MaxGrowth of 2%");
        await Expect(web).ToContainTextAsync("+30.0 KB");
        await Expect(page.Locator("#function-bars tbody tr").First).ToContainTextAsync("code 1.2 MB + web 1.3 MB + aws 17.2 MB");
        await Expect(page.Locator("#function-bars")).ToContainTextAsync("at least 1.3 MB");
        await Expect(page.Locator("#table tbody tr").First).ToContainTextAsync("botocore");
        await Expect(page.Locator("#growth-table tbody tr")).ToHaveCountAsync(1);
        await Expect(page.Locator("#growth-table")).ToContainTextAsync("2.31.0");
        await Expect(page.Locator("#shared-table tbody tr").First).ToContainTextAsync("2.7.0 in web (430.0 KB), 1.26.20 in aws (390.0 KB)");
        await Expect(page.Locator("#shared-table tbody tr").First).ToContainTextAsync("orders");
        await Expect(page.Locator("#savings-table")).ToContainTextAsync("Leave out boto3, botocore, urllib3:");
        Assert.True(await ColoursOf(page) > 5, "The treemap has hardly any colours: nothing was drawn.");
    }

    [RequiresBrowserFact]
    public async Task A_click_zooms_in_and_the_way_back_is_in_the_crumbs_and_in_the_history()
    {
        await using OpenReport report = await browser.OpenAsync(ReportExample.Small());
        IPage page = report.Page;
        await page.Locator("#treemap").ClickAsync(new() { Position = new() { X = 200, Y = 300 } });
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("#map/aws$"));
        await Expect(page.Locator("#contents caption")).ToContainTextAsync("aws: 6 files, 17.2 MB unzipped");

        await page.Locator("#contents").GetByRole(AriaRole.Button, new() { Name = "python/" }).ClickAsync();
        await page.Locator("#contents").GetByRole(AriaRole.Button, new() { Name = "botocore/" }).ClickAsync();
        await Expect(page.Locator("#crumbs")).ToHaveTextAsync("All layers / aws / python / botocore");
        await Expect(page.Locator("#contents tbody tr").First).ToContainTextAsync("data/");
        await Expect(page.Locator("#layer")).ToHaveValueAsync("1");

        await page.GoBackAsync();
        await Expect(page.Locator("#crumbs strong")).ToHaveTextAsync("python");
        await page.Locator("#crumbs a").First.ClickAsync();
        await Expect(page.Locator("#crumbs")).ToHaveTextAsync("All layers");
    }

    [RequiresBrowserFact]
    public async Task A_link_can_point_into_a_folder()
    {
        await using OpenReport report = await browser.OpenAsync(ReportExample.Small(), hash: "#map/aws/python/botocore/data/ec2");
        await Expect(report.Page.Locator("#crumbs strong")).ToHaveTextAsync("ec2/2016-11-15");
        await report.Page.EvaluateAsync("location.hash = '#map/aws/no/such/folder'");
        await Expect(report.Page.Locator("#crumbs strong")).ToHaveTextAsync("aws");
        await report.Page.EvaluateAsync("location.hash = '#map/%E0%A4%A'");
        await Expect(report.Page.Locator("#crumbs strong")).ToHaveTextAsync("All layers");
    }

    [RequiresBrowserFact]
    public async Task The_keyboard_goes_everywhere_and_says_where_it_is()
    {
        await using OpenReport report = await browser.OpenAsync(ReportExample.Small());
        IPage page = report.Page;
        ILocator spoken = page.Locator("#spoken");
        await page.Locator("#treemap").FocusAsync();
        await Expect(spoken).ToContainTextAsync("aws, 6 files");
        await page.Keyboard.PressAsync("ArrowRight");
        await Expect(spoken).ToContainTextAsync("web, 6 files");
        await page.Keyboard.PressAsync("ArrowLeft");
        await page.Keyboard.PressAsync("ArrowDown");
        await page.Keyboard.PressAsync("ArrowDown");
        await Expect(spoken).ToContainTextAsync("aws: python/botocore, 4 files");
        await page.Keyboard.PressAsync("ArrowUp");
        await Expect(spoken).ToContainTextAsync("aws: python, 6 files");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#crumbs")).ToHaveTextAsync("All layers / aws / python");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("#crumbs")).ToHaveTextAsync("All layers / aws");
    }

    [RequiresBrowserFact]
    public async Task Sizes_can_be_those_in_the_zip()
    {
        await using OpenReport report = await browser.OpenAsync(ReportExample.Small(), hash: "#map/web");
        await Expect(report.Page.Locator("#contents")).ToContainTextAsync("1.3 MB");
        await report.Page.GetByRole(AriaRole.Radio, new() { Name = "zipped", Exact = true }).CheckAsync();
        await Expect(report.Page.Locator("#contents thead")).ToContainTextAsync("Zipped");
        await Expect(report.Page.Locator("#contents tbody tr").First).ToContainTextAsync("415.6 KB");
    }

    [RequiresBrowserFact]
    public async Task Columns_sort_both_ways_and_say_so()
    {
        await using OpenReport report = await browser.OpenAsync(ReportExample.Small());
        ILocator table = report.Page.Locator("#table");
        ILocator names = table.Locator("tbody th");
        await Expect(table.Locator("th[aria-sort=descending]")).ToContainTextAsync("Unzipped");
        await table.GetByRole(AriaRole.Button, new() { Name = "Package" }).ClickAsync();
        await Expect(table.Locator("th[aria-sort=ascending]")).ToContainTextAsync("Package");
        Assert.Equal(["(own files)", "boto3", "botocore", "charset-normalizer", "requests", "urllib3", "urllib3"], await names.AllTextContentsAsync());
        await table.GetByRole(AriaRole.Button, new() { Name = "Package" }).ClickAsync();
        Assert.Equal("urllib3", (await names.AllTextContentsAsync())[0]);
        await table.GetByRole(AriaRole.Button, new() { Name = "Files" }).ClickAsync();
        await Expect(names.First).ToHaveTextAsync("botocore");
    }

    [RequiresBrowserFact]
    public async Task Rows_are_filtered_by_every_word()
    {
        await using OpenReport report = await browser.OpenAsync(ReportExample.Small());
        IPage page = report.Page;
        await page.Locator("#filter").FillAsync("urllib3 aws");
        await Expect(page.Locator("#table tbody tr")).ToHaveCountAsync(1);
        await Expect(page.Locator("#matches")).ToHaveTextAsync("1 of 7, 390.0 KB unzipped");
        await page.GetByRole(AriaRole.Radio, new() { Name = "files" }).CheckAsync();
        await page.Locator("#filter").FillAsync("native .so");
        await Expect(page.Locator("#table tbody th")).ToHaveTextAsync(["python/charset_normalizer/md.cpython-312-x86_64-linux-gnu.so"]);
        await page.Locator("#filter").FillAsync("nothing is called this");
        await Expect(page.Locator("#matches")).ToHaveTextAsync("0 of 12, 0 bytes unzipped");
    }

    [RequiresBrowserFact]
    public async Task An_exclude_can_be_tried()
    {
        await using OpenReport report = await browser.OpenAsync(ReportExample.Small());
        await report.Page.Locator("#exclude").FillAsync("**/tests/**; *.so");
        await Expect(report.Page.Locator("#excluded")).ToHaveTextAsync("web: 1 file, \u2212640.0 KB unzipped, \u2212210.0 KB zipped; aws: 1 file, \u221250.0 KB unzipped, \u221212.0 KB zipped");
        await report.Page.Locator("#exclude").FillAsync("no-such-name");
        await Expect(report.Page.Locator("#excluded")).ToHaveTextAsync("No file matches.");
    }

    [RequiresBrowserFact]
    public async Task A_pattern_means_in_the_page_what_it_means_in_the_build()
    {
        string[] patterns =
        [
            "tests", "tests/", "*.pyi", "**/tests/**", "python/*/tests", "python/**/x.py", "**/*.so*", "?.py", "[a-c].py", "[!a-c].py", "/python/a", "./python/a",
            "python", "a.b", "a+b(c).py", "**", "*", "", "/", "[", "[]", "python/a/**/c",
        ];
        string[] paths =
        [
            "python/a/tests/t.py", "tests", "python/tests", "a.py", "d.py", "python/b.py", "python/a/x.py", "python/x.py", "x.py", "lib/libz.so.1", "python/m.pyi",
            "a.b", "axb", "a+b(c).py", "python/a/c", "python/a/b/c/d.txt", "python/a/b/tests.py", "bin/[", "mytests/x",
        ];
        await using OpenReport report = await browser.OpenAsync(ReportExample.Report([.. new[] { paths.Aggregate(new LayerExample(), (e, p) => e.File(p, 1_000)) }], []));
        foreach (string pattern in patterns)
        {
            int expected = pattern.Trim('/').Length == 0 ? 0 : paths.Count(new ZipGlob(pattern).IsMatch);
            await report.Page.Locator("#exclude").FillAsync(pattern);
            string said = await report.Page.Locator("#excluded").TextContentAsync() ?? "";
            Assert.True(
                expected == 0 ? said is "No file matches." or "" : said.StartsWith($"demo: {expected} file", StringComparison.Ordinal),
                $"'{pattern}' fits {expected} paths in the build; the page says '{said}'.");
        }
    }

    [RequiresBrowserFact]
    public async Task Names_are_text_whatever_they_hold()
    {
        await using OpenReport report = await browser.OpenAsync(ReportExample.Hostile());
        IPage page = report.Page;
        await page.EvaluateAsync("void (window.fail = () => console.error('a name was run'))");
        await page.GetByRole(AriaRole.Radio, new() { Name = "files" }).CheckAsync();
        await Expect(page.Locator("#table")).ToContainTextAsync("python/</script><script>fail()</script>.py");
        await Expect(page.Locator("#table")).ToContainTextAsync("python/constructor/__proto__/toString.py");
        await Expect(page.Locator("#function-bars")).ToContainTextAsync("<svg onload=fail()>");
        await page.Locator("#treemap").HoverAsync();
        Assert.Equal(0, await page.Locator("main img, main svg, main script, main b:not(.bar b)").CountAsync());
    }

    [RequiresBrowserFact]
    public async Task Twenty_thousand_files_are_drawn_listed_and_filtered_without_a_stutter()
    {
        await using OpenReport report = await browser.OpenAsync(ReportExample.Large(20_000));
        IPage page = report.Page;
        await Expect(page.Locator("#totals")).ToContainTextAsync("20,040 files");
        await page.GetByRole(AriaRole.Radio, new() { Name = "files" }).CheckAsync();
        await Expect(page.Locator("#matches")).ToContainTextAsync("20,040 of 20,040");

        // The machine may be busy: what a step takes in the page itself, the best of five.
        Dictionary<string, double> steps = (await page.EvaluateAsync<Dictionary<string, double>>(
            """
            async () => {
              const best = async step => {
                let least = Infinity;
                for (let i = 0; i < 5; i++) {
                  const start = performance.now();
                  step(i);
                  await new Promise(done => setTimeout(done));
                  least = Math.min(least, performance.now() - start);
                }
                return least;
              };
              const filter = document.getElementById('filter');
              const canvas = document.getElementById('treemap');
              return {
                redraw: await best(() => window.dispatchEvent(new Event('afterprint'))),
                filter: await best(i => { filter.value = 'module' + i; filter.dispatchEvent(new Event('input')); }),
                hover: await best(i => canvas.dispatchEvent(new MouseEvent('mousemove', { clientX: 100 + 20 * i, clientY: 500 }))),
              };
            }
            """))!;
        foreach ((string step, double milliseconds) in steps)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{step}: {milliseconds:0.0} ms"));
            Assert.True(milliseconds < 500, string.Create(CultureInfo.InvariantCulture, $"{step} took {milliseconds:0} ms"));
        }
    }

    [RequiresBrowserFact]
    public async Task A_narrow_window_and_paper_show_everything()
    {
        await using OpenReport report = await browser.OpenAsync(ReportExample.Small(), ColorScheme.Dark, width: 400, height: 800);
        IPage page = report.Page;
        Assert.False(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > innerWidth"), "The page is wider than the window.");
        byte[] paper = await page.PdfAsync(new() { Format = "A4", PrintBackground = true });
        Assert.True(paper.Length > 10_000);
        await page.EmulateMediaAsync(new() { Media = Media.Print });
        await Expect(page.Locator("#map-help")).ToBeHiddenAsync();
        await Expect(page.Locator("#treemap")).ToBeVisibleAsync();
    }

    [RequiresBrowserFact]
    public async Task An_empty_project_is_a_page_too()
    {
        await using OpenReport report = await browser.OpenAsync(ReportExample.Report([new LayerExample().File("python/empty.py", 0, 130)], []));
        await Expect(report.Page.Locator("#totals")).ToContainTextAsync("1 layer, 1 file, 0 bytes unzipped");
        await Expect(report.Page.Locator("#savings-table")).ToContainTextAsync("No file stands out");
    }

    [RequiresBrowserFact(NpmPackage = "axe-core")]
    public Task Axe_has_no_serious_finding_in_the_light_page() => CheckWithAxe(ColorScheme.Light);

    [RequiresBrowserFact(NpmPackage = "axe-core")]
    public Task Axe_has_no_serious_finding_in_the_dark_page() => CheckWithAxe(ColorScheme.Dark);

    private async Task CheckWithAxe(ColorScheme scheme)
    {
        await using OpenReport report = await browser.OpenAsync(ReportExample.Small(), scheme);
        string axe = Path.Combine(RequiresNpmFactAttribute.Tools!, "node_modules", "axe-core", "axe.min.js");
        await report.Page.EvaluateAsync(await File.ReadAllTextAsync(axe));
        JsonElement result = await report.Page.EvaluateAsync<JsonElement>("axe.run().then(r => r.violations.map(v => ({ id: v.id, impact: v.impact, nodes: v.nodes.map(n => n.html) })))");
        string[] serious = [.. result.EnumerateArray().Where(v => v.GetProperty("impact").GetString() is "serious" or "critical" or "moderate").Select(v => v.ToString())];
        Assert.Empty(serious);
    }

    private static Task<int> ColoursOf(IPage page) => page.EvaluateAsync<int>(
        """
        () => {
          const canvas = document.getElementById('treemap');
          const data = new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer);
          return new Set(data).size;
        }
        """);
}
