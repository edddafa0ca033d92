using LayerBuild.Steps.Report;
using Microsoft.Playwright;

namespace LayerBuild.Report;

/// <summary>One browser for all tests; a page of its own for each.</summary>
public sealed class BrowserFixture : IAsyncLifetime, IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        if (RequiresBrowserFactAttribute.Browser is not { } executable)
        {
            return;
        }

        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = executable,
            Args =
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
            ],
        });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        Dispose();
    }

    public void Dispose()
    {
        _playwright?.Dispose();
        _playwright = null;
        _folder.Dispose();
    }

    /// <summary>Opens a report from disk, as one that was downloaded from a CI.</summary>
    internal async Task<OpenReport> OpenAsync(LayerReport report, ColorScheme scheme = ColorScheme.Light, string hash = "", int width = 1280, int height = 900)
    {
        string file = Path.Combine(_folder.Path, $"{Guid.NewGuid():N}.html");
        await File.WriteAllBytesAsync(file, ReportPage.Write("Demo layers", report));
        IPage page = await _browser!.NewPageAsync(new()
        {
            ColorScheme = scheme,
            ReducedMotion = ReducedMotion.Reduce,
            ViewportSize = new() { Width = width, Height = height },
        });
        var open = new OpenReport(page);
        await page.GotoAsync(new Uri(file).AbsoluteUri + hash);
        return open;
    }
}

/// <summary>A page that must not complain and must not ask the network for anything.</summary>
internal sealed class OpenReport : IAsyncDisposable
{
    private readonly List<string> _complaints = [];

    public OpenReport(IPage page)
    {
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                _complaints.Add($"console: {message.Text}");
            }
        };
        page.PageError += (_, error) => _complaints.Add($"error: {error}");
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith("file:", StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal))
            {
                _complaints.Add($"request: {request.Url}");
            }
        };
    }

    public IPage Page { get; }

    public async ValueTask DisposeAsync()
    {
        await Page.CloseAsync();
        Assert.Empty(_complaints);
    }
}
