using Edge.Inference;

namespace Edge.Machine;

/// <summary>Whether a model package is whole: its manifest, and the hash of each file.</summary>
/// <param name="kind">"planner" or "policy".</param>
/// <param name="package">Opens it, once.</param>
public sealed class PackageCheck(string kind, Lazy<ModelPackage> package) : IMachineCheck
{
    /// <inheritdoc/>
    public string Name => $"{kind} package";

    /// <inheritdoc/>
    public Finding Look()
    {
        try
        {
            return Finding.Ok($"{package.Value.Name}: {package.Value.Files.Count} files, hashes agree");
        }
        catch (ModelException e)
        {
            return Finding.Fail(e.Message, $"sudo scripts/install.sh puts the shipped packages back; or name another folder as {kind}.package in the robot file");
        }
    }
}
