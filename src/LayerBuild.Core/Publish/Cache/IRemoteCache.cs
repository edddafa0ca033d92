namespace LayerBuild.Publish.Cache;

/// <summary>
/// Work that machines share. No method throws for what goes wrong with the cache, and what is fetched is what its hash
/// says. Without a type of AWS, so that a build without a remote cache loads none.
/// </summary>
internal interface IRemoteCache : IDisposable
{
    /// <summary>Whether what is built is put into the cache.</summary>
    bool Pushes { get; }

    /// <summary>Fetches the wheel of that hash into <paramref name="folder"/> under the name that it was put with.</summary>
    /// <param name="sha256">Lower-case hex.</param>
    /// <returns>Full path; null when the cache does not have it, whole.</returns>
    Task<string?> FetchWheelAsync(string sha256, string folder, CancellationToken cancellation);

    /// <summary>Puts a wheel, if it is not there; nothing when this machine does not push.</summary>
    Task PushWheelAsync(string sha256, string path, CancellationToken cancellation);

    /// <summary>Fetches the files of the layer that was made of the same inputs into <paramref name="folder"/>.</summary>
    /// <param name="inputsHash">Lower-case hex.</param>
    /// <returns>What was fetched, all of it verified; null when the cache does not have the layer, whole.</returns>
    Task<CachedLayer?> FetchLayerAsync(string inputsHash, string folder, CancellationToken cancellation);

    /// <summary>Puts a finished layer; nothing when this machine does not push.</summary>
    /// <param name="files">Names that they are fetched with, and full paths.</param>
    /// <param name="notes">What to hand over besides, in this order.</param>
    Task PushLayerAsync(string inputsHash, IReadOnlyList<(string Name, string Path)> files, IReadOnlyList<string> notes, CancellationToken cancellation);

    /// <summary>Tells that what was fetched is not what it should be, in a way that hashes do not show.</summary>
    void Reject(string inputsHash, string why);
}
