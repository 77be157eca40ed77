using System.Security.Cryptography;
using Edge.Robots;

namespace Edge.Hil.Evaluation;

/// <summary>Which packages an evaluation is of: an episode done with another package is not an episode of this evaluation.</summary>
/// <param name="Planner">Fingerprint of the planner's package; empty: there is none.</param>
/// <param name="Policy">The same of the policy's.</param>
/// <param name="Flat">The same of the flat policy's.</param>
internal sealed record ModelsUsed(string Planner, string Policy, string Flat)
{
    private const int FingerprintDigits = 12;

    /// <summary>The packages as they lie there now.</summary>
    public static ModelsUsed Of(RobotDescription robot, string flatPackage) => new(Fingerprint(robot.Planner.Package), Fingerprint(robot.Policy.Package), Fingerprint(flatPackage));

    /// <summary>The fingerprints of what a planner and a policy of these names use, with a blank between; empty for the oracle alone.</summary>
    public string By(string planner, string policy) => string.Join(' ', new[]
    {
        planner == "vlm" ? Planner : "",
        policy switch { "diffusion" => Policy, "flat" => Flat, _ => "" },
    }.Where(used => used.Length > 0));

    /// <summary>A package's manifest holds the hashes of all its files, so its own stands for the whole.</summary>
    private static string Fingerprint(string folder)
    {
        var manifest = Path.Combine(folder, "manifest.json");
        return File.Exists(manifest) ? Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(manifest)))[..FingerprintDigits] : "";
    }
}
