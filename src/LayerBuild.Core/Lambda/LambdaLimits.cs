namespace LayerBuild.Lambda;

/// <summary>What Lambda allows, in bytes ("Lambda quotas": its MB are 1024 * 1024 bytes).</summary>
internal static class LambdaLimits
{
    /// <summary>A layer, or a function's code with all its layers, must be smaller than this, unzipped.</summary>
    public const long Unzipped = 262_144_000;

    /// <summary>Largest zip that a request can carry by itself; a larger one has to come from a bucket.</summary>
    public const long DirectUpload = 52_428_800;
}
