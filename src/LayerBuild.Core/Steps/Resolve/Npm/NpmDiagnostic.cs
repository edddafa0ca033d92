using LayerBuild.Diagnostics;
using LayerBuild.Formats.Npm;

namespace LayerBuild.Steps.Resolve.Npm;

/// <summary>What a user is told of a failure of npm.</summary>
internal static class NpmDiagnostic
{
    /// <param name="locked">Null when npm was to write the lock file.</param>
    public static Diagnostic Of(NpmFailure failure, NpmLayer layer, NpmLock? locked)
    {
        NpmSources sources = layer.Sources;
        string words = failure.Words.Length > 0 ? failure.Words : string.Join("; ", failure.Disagreements);
        if (words.Length > 0 && words[^1] is not ('.' or '!' or '?'))
        {
            words += ".";
        }

        if (failure.Code == "EINTEGRITY")
        {
            string named = locked?.Entries.FirstOrDefault(e => e.Value.Integrity is { } integrity && words.Contains(integrity, StringComparison.Ordinal)).Key is { } path
                ? $" ({path})"
                : "";
            return Diagnostic.Error("LB2004", $"Layer '{layer.Name}': a package{named} is not the one that {sources.LockFile} pins. {words} "
                + "If the file was meant to change, renew its hash (dotnet build -t:LockLambdaLayers); if not, do not trust the registry it came from.") with { File = sources.LockFile };
        }

        string code = failure.Code.Length > 0 ? $" ({failure.Code})" : "";
        return Diagnostic.Error("LB2011", $"Layer '{layer.Name}': npm failed{code}: {words}{Advice(failure, sources)}") with { File = sources.PackageJson };
    }

    private static string Advice(NpmFailure failure, NpmSources sources) => failure.Code switch
    {
        "ENOENT" when sources.HasNestedLocalPackages =>
            $" npm does not find every local package that another local package names: it finds folders since npm 11.5 (this is {failure.NpmVersion}), and tarballs never. Name the folder in the layer's package.json too.",
        _ when failure.Words.StartsWith("URI malformed", StringComparison.Ordinal) =>
            $" This is npm {failure.NpmVersion}; before 11.4 it cannot read local packages in a folder with a % in its name. Update npm, or rename the folder.",
        "ETARGET" or "E404" => " Correct the name or the version in package.json, or the registry in .npmrc.",
        "ERESOLVE" => " Change a version in package.json; or, if the packages are known to work together, put legacy-peer-deps=true in the .npmrc beside it.",
        "E401" or "E403" or "ENEEDAUTH" => " The registry refused access: check the credentials in .npmrc.",
        "ENOTFOUND" or "EAI_AGAIN" or "ECONNREFUSED" or "ECONNRESET" or "ETIMEDOUT" or "ENETUNREACH" or "ERR_SOCKET_TIMEOUT" =>
            " The registry could not be reached: check registry and proxy in .npmrc, and the network.",
        "ENOTCACHED" => " npm is offline (the setting offline), and the package is not in its cache.",
        _ => "",
    };
}
