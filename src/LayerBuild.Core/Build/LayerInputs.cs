using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LayerBuild.Diagnostics;
using LayerBuild.Lambda;
using LayerBuild.Steps.Declare;
using LayerBuild.Steps.Resolve;
using LayerBuild.Steps.Resolve.Npm;

namespace LayerBuild.Build;

/// <summary>Everything that a layer is made of, by content: the same on every machine.</summary>
/// <param name="Hash">SHA-256, lower-case hex.</param>
/// <param name="Files">Full paths of inputs that the item does not name.</param>
internal sealed record LayerInputs(string Hash, IReadOnlyList<string> Files)
{
    /// <summary>Changes when the same inputs come to be described in another way.</summary>
    private const string Format = "layerbuild inputs 2";

    /// <summary>Which build of LayerBuild this is.</summary>
    private static string Tool => typeof(LayerInputs).Module.ModuleVersionId.ToString("n");

    /// <summary>
    /// The inputs of layers. Missing are layers whose result depends on more than can be told before they are built: no
    /// lock file that fits, a repository among the requirements, bytecode of an installed Python, a baseline.
    /// </summary>
    public static IReadOnlyDictionary<LayerName, LayerInputs> Of(IReadOnlyList<LayerDeclaration> layers, BuildOptions options, LayerAudit? audit, DiagnosticLog log)
    {
        var quiet = new DiagnosticLog();
        IReadOnlyDictionary<LayerName, LockedInputs> locked = new PackageResolver(options.Resolve, quiet).FindLocked([.. layers.Where(l => l.HasRequirements)]);
        string advisories = audit?.Identity() ?? "";
        var inputs = new Dictionary<LayerName, LayerInputs>();
        foreach (LayerDeclaration layer in layers)
        {
            LockedInputs? packages = layer.HasRequirements ? locked.GetValueOrDefault(layer.Name) : new LockedInputs("", []);
            if (packages is not null && layer.Bytecode == BytecodeMode.None && options.Baseline is null
                && Npm(layer) is { } npm && Content(layer, npm.Files) is { } content)
            {
                inputs[layer.Name] = new LayerInputs(
                    Digest([Format, Tool, .. Options(options, log), .. Declaration(layer), advisories, packages.Digest, npm.Digest, .. content]),
                    [.. packages.Files, .. npm.Files]);
            }
        }

        return inputs;
    }

    private static IEnumerable<string> Options(BuildOptions options, DiagnosticLog log) =>
    [
        $"compression {options.Compression}",
        $"direct {options.PublishesDirectly}",
        // What one build accepts, another may not.
        .. Enumerable.Range(3001, 99).Concat(Enumerable.Range(4001, 99))
            .Select(number => string.Create(CultureInfo.InvariantCulture, $"LB{number}")).Where(log.Silences).Select(code => $"silent {code}"),
    ];

    /// <summary>All that the item says and that comes into the result, or decides whether there is one.</summary>
    private static IEnumerable<string> Declaration(LayerDeclaration layer) =>
    [
        $"name {layer.Name}",
        $"runtimes {string.Join(' ', layer.Runtimes)}",
        $"architectures {string.Join(' ', layer.Architectures)}",
        $"description {layer.Description}",
        $"license {layer.LicenseInfo}",
        $"slim {layer.Slim}",
        // A secret is an error only in a layer that others get.
        $"shared {layer.ShareWith.Count > 0} {layer.AllowPublic}",
        string.Create(CultureInfo.InvariantCulture, $"budgets {layer.MaxZippedSize?.Bytes} {layer.MaxUnzippedSize?.Bytes} {layer.MaxGrowth}"),
        .. layer.ExcludeFiles.Select(e => $"exclude {e}"),
        .. layer.Imports.Select(i => $"import {i}"),
        .. layer.AllowFindings.Select(f => $"allow {f}"),
        .. layer.DisallowLicenses.Select(l => $"disallow {l}"),
    ];

    /// <returns>Null when npm must resolve.</returns>
    private static LockedInputs? Npm(LayerDeclaration layer)
    {
        if (!layer.HasNpmPackages)
        {
            return new LockedInputs("", []);
        }

        try
        {
            NpmSources sources = NpmSources.Read(layer.PackageJson!, layer.ProjectDirectory);
            if (!File.Exists(sources.LockFile))
            {
                return null;
            }

            IEnumerable<string> files = sources.InputFiles.Where(File.Exists).Order(StringComparer.Ordinal)
                .Select(file => $"{Path.GetRelativePath(sources.ProjectDirectory, file).Replace('\\', '/')} {WheelCache.Hash(file)}");
            return new LockedInputs(Digest(files), sources.InputFiles);
        }
        catch (DiagnosticException)
        {
            // The build says what is wrong with it.
            return null;
        }
    }

    /// <returns>Null when the content has errors, of which the build tells.</returns>
    private static IEnumerable<string>? Content(LayerDeclaration layer, IReadOnlyList<string> npmFiles) =>
        new ContentCollector(new DiagnosticLog()).Collect(layer)?
            .Where(file => file.Path.IsUnder("nodejs/") || !npmFiles.Contains(file.SourcePath))
            .Select(file => $"{file.Path} {file.Kind} {file.LinkTarget ?? WheelCache.Hash(file.SourcePath)}");

    private static string Digest(IEnumerable<string> parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts))));
}
