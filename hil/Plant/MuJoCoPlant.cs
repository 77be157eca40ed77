using Edge.Cameras;
using Edge.Control;
using Edge.Hil.Scenes;
using Edge.Robots;

namespace Edge.Hil.Plant;

/// <summary>
/// The physics: the arm of a robot file at a table set by a scene. Belongs to one thread at a time; <see cref="Step"/> allocates nothing.
/// </summary>
/// <remarks>
/// The arm carries no gravity compensation: with neither torque nor brake it falls. The cup seals when suction is on and its lip lies flat on an object, at
/// least 6 mm inside the edge of its top; a seal is a weld, broken by closing the valve or, after 20 ms, by more than it bears.
/// </remarks>
public sealed unsafe class MuJoCoPlant : IArmPlant, IDisposable
{
    /// <summary>Name of the camera for people: from the side, above the operator's shoulder.</summary>
    public const string ViewerCamera = "viewer";

    /// <summary>Duration of one <see cref="Step"/>, nanoseconds.</summary>
    public const long StepNs = 1_000_000;

    /// <summary>
    /// What the seal bears: pull along the cup's axis, force across it, and moment about the lip. 25 N is what a vacuum of 0.6 bar does on a 23 mm cup; the others are set
    /// so that handling any of the scenes' objects (at most 0.1 kg) stays far below them and a collision does not.
    /// </summary>
    public const double BreakPullN = 25, BreakShearN = 20, BreakMomentNm = 0.6;

    private const int MaxContacts = 200;
    private const double PressedN = 1.0, TouchedN = 0.05;
    private const double SealInsetM = 0.006, SealGapM = 0.0015, SealDepthM = 0.004;
    private const double CarrySmoothing = 0.05; // over 20 ms: contacts flicker
    private const int BreakSteps = 20, ReleaseDeadSteps = 50;

    /// <summary>A brake holds this many times the joint's largest torque.</summary>
    private const double BrakeFactor = 2.5;

    private static readonly double SealCosine = Math.Cos(10 * Math.PI / 180);

    private readonly RobotDescription _robot;
    private readonly PlantHandle _handle;
    private readonly Interop.Contact[] _contacts = GC.AllocateArray<Interop.Contact>(MaxContacts, pinned: true);
    private readonly ArmContact[] _armContacts = new ArmContact[MaxContacts];
    private readonly Dictionary<string, CameraPose> _cameras = [];
    private readonly double* _qpos, _qvel, _applied, _frictionLoss, _bodyPosition, _bodyQuaternion, _sitePosition, _siteMatrix, _bodyForce, _time;
    private readonly int[] _jointQpos, _jointDof, _objectQpos, _objectDof, _objectBody, _seal;
    private readonly int[] _linkOfBody, _thingOfBody;
    private readonly int[] _toolGeoms;
    private readonly double[] _weightN, _baseFriction;
    private readonly bool[] _touched, _everHeld;
    private readonly uint[] _met;
    private readonly double[,] _carriedN; // upper, lower
    private readonly int _toolBody, _lip, _poseSize;
    private readonly int _beamQpos = -1, _beamDof = -1;
    private PlantRenderer? _renderer;
    private int _rendererWidthPx, _rendererHeightPx;
    private double _opening, _pressN;
    private int _armContactCount, _overloadSteps, _deadSteps;

    /// <summary>Sets the table: the arm braked at its start, the scene's things at their places.</summary>
    public MuJoCoPlant(RobotDescription robot, Scene scene)
    {
        ArgumentNullException.ThrowIfNull(robot);
        ArgumentNullException.ThrowIfNull(scene);
        _robot = robot;
        Scene = scene;
        _handle = PlantHandle.FromXml(PlantModel.Write(robot, scene));
        JointCount = robot.Joints.Length;

        _qpos = Interop.Array(_handle, Interop.Field.Qpos, out _poseSize);
        _qvel = Interop.Array(_handle, Interop.Field.Qvel, out _);
        _applied = Interop.Array(_handle, Interop.Field.AppliedForce, out _);
        _frictionLoss = Interop.Array(_handle, Interop.Field.FrictionLoss, out _);
        _bodyPosition = Interop.Array(_handle, Interop.Field.BodyPosition, out var bodyNumbers);
        _bodyQuaternion = Interop.Array(_handle, Interop.Field.BodyQuaternion, out _);
        _sitePosition = Interop.Array(_handle, Interop.Field.SitePosition, out _);
        _siteMatrix = Interop.Array(_handle, Interop.Field.SiteMatrix, out _);
        _bodyForce = Interop.Array(_handle, Interop.Field.BodyForce, out _);
        _time = Interop.Array(_handle, Interop.Field.Time, out _);
        var mass = Interop.Array(_handle, Interop.Field.BodyMass, out _);

        var objects = scene.Objects.Count;
        _linkOfBody = new int[bodyNumbers / 3];
        _thingOfBody = new int[bodyNumbers / 3];
        Array.Fill(_linkOfBody, -1);
        Array.Fill(_thingOfBody, -1);
        (_jointQpos, _jointDof, _baseFriction) = (new int[JointCount], new int[JointCount], new double[JointCount]);
        for (var i = 0; i < JointCount; i++)
        {
            Interop.JointAddress(_handle, Find(Interop.Kind.Joint, $"joint{i}"), out _jointQpos[i], out _jointDof[i]);
            _baseFriction[i] = _frictionLoss[_jointDof[i]];
            _linkOfBody[Find(Interop.Kind.Body, $"link{i}")] = i;
        }

        _toolBody = Find(Interop.Kind.Body, "tool");
        _linkOfBody[_toolBody] = JointCount;
        _lip = Find(Interop.Kind.Site, "lip");
        _toolGeoms = [Find(Interop.Kind.Geom, "cup"), Find(Interop.Kind.Geom, "tube"), Find(Interop.Kind.Geom, "tool")];

        (_objectQpos, _objectDof, _objectBody, _seal) = (new int[objects], new int[objects], new int[objects], new int[objects]);
        (_weightN, _touched, _everHeld) = (new double[objects], new bool[objects], new bool[objects]);
        (_met, _carriedN) = (new uint[objects], new double[objects, objects]);
        for (var i = 0; i < objects; i++)
        {
            Interop.JointAddress(_handle, Find(Interop.Kind.Joint, $"free{i}"), out _objectQpos[i], out _objectDof[i]);
            _objectBody[i] = Find(Interop.Kind.Body, $"object{i}");
            _seal[i] = Find(Interop.Kind.Equality, $"seal{i}");
            _thingOfBody[_objectBody[i]] = i;
            _weightN[i] = mass[_objectBody[i]] * 9.81;
        }

        if (scene.Beam is not null)
            Interop.JointAddress(_handle, Find(Interop.Kind.Joint, "beam"), out _beamQpos, out _beamDof);
        foreach (var camera in robot.Cameras)
            _cameras[camera.Name] = CameraPose.Of(camera, scene.Look);
        _cameras[ViewerCamera] = new CameraPose([1.25, -0.80, 0.72], [0.27, 0.02, 0.14], 0.70);

        for (var i = 0; i < JointCount; i++)
            SetBrake(i, true);
        ReturnHome();
        if (scene.HeldAtStart >= 0)
            AttachToCup(scene.HeldAtStart);
    }

    /// <summary>What stands on the table.</summary>
    public Scene Scene { get; }

    /// <inheritdoc/>
    public int JointCount { get; }

    /// <summary>Simulated time since the start, seconds.</summary>
    public double TimeSeconds => *_time;

    /// <summary>Index of the object on the cup; -1 for none.</summary>
    public int Held { get; private set; } = -1;

    /// <inheritdoc/>
    public bool CupPressed => _pressN > PressedN;

    /// <summary>Force with which the cup, or what it holds, is pressed, smoothed over 5 ms.</summary>
    public double PressN => _pressN;

    /// <inheritdoc/>
    public bool CupSealed => Held >= 0;

    /// <summary>Contacts of the arm with the table and the objects in the last step.</summary>
    public ReadOnlySpan<ArmContact> ArmContacts => _armContacts.AsSpan(0, _armContactCount);

    /// <summary>Where the cup's lip is, and its turn about the vertical.</summary>
    public ToolPose Tool
    {
        get
        {
            double* p = _sitePosition + (3 * _lip), m = _siteMatrix + (9 * _lip);
            return new ToolPose(p[0], p[1], p[2], Math.Atan2(m[3], m[0]));
        }
    }

    /// <summary>Angle between the tool's axis and straight down, rad.</summary>
    public double ToolTiltRad => Math.Acos(Math.Clamp(-_siteMatrix[(9 * _lip) + 8], -1, 1));

    /// <inheritdoc/>
    public double PositionRad(int joint) => _qpos[_jointQpos[joint]];

    /// <inheritdoc/>
    public double VelocityRadS(int joint) => _qvel[_jointDof[joint]];

    /// <inheritdoc/>
    public void SetTorque(int joint, double torqueNm) => _applied[_jointDof[joint]] = torqueNm;

    /// <inheritdoc/>
    public void SetBrake(int joint, bool engaged) =>
        _frictionLoss[_jointDof[joint]] = _baseFriction[joint] + (engaged ? BrakeFactor * _robot.Joints[joint].Limits.TorqueNm : 0);

    /// <inheritdoc/>
    public void SetSuction(double opening) => _opening = opening;

    /// <summary>One millisecond of physics.</summary>
    public void Step()
    {
        if (Interop.Step(_handle, 1) != 0)
            throw new InvalidOperationException($"Physics failed at {TimeSeconds:F3} s: {Interop.Error()}");
        Feel();
        Hold();
    }

    /// <summary>Steps for a while with every brake engaged and no torque, so that things come to rest.</summary>
    public void Settle(double seconds)
    {
        Span<double> friction = stackalloc double[JointCount];
        Span<double> torque = stackalloc double[JointCount];
        for (var i = 0; i < JointCount; i++)
        {
            (friction[i], torque[i]) = (_frictionLoss[_jointDof[i]], _applied[_jointDof[i]]);
            SetBrake(i, true);
            SetTorque(i, 0);
        }

        for (var steps = (int)Math.Round(seconds / PlantModel.StepSeconds); steps > 0; steps--)
            Step();
        for (var i = 0; i < JointCount; i++)
            (_frictionLoss[_jointDof[i]], _applied[_jointDof[i]]) = (friction[i], torque[i]);
    }

    /// <summary>Puts the arm into its start (home and the scene's offset), at rest; what it holds comes along.</summary>
    public void ReturnHome()
    {
        Span<double> joints = stackalloc double[JointCount];
        for (var i = 0; i < JointCount; i++)
            joints[i] = _robot.HomeRad[i] + (i < Scene.ArmOffsetRad.Count ? Scene.ArmOffsetRad[i] : 0);
        SetJoints(joints);
    }

    /// <summary>Puts the joints somewhere (rad), at rest; what the cup holds comes along.</summary>
    public void SetJoints(ReadOnlySpan<double> positionsRad)
    {
        for (var i = 0; i < JointCount; i++)
        {
            _qpos[_jointQpos[i]] = positionsRad[i];
            _qvel[_jointDof[i]] = 0;
        }

        Forward();
        if (Held >= 0)
            AttachToCup(Held);
    }

    /// <summary>Puts an object somewhere, at rest, upright or tipped about its own x; one that the cup holds is let go. Its lowest point lies at height <paramref name="baseZ"/>.</summary>
    public void SetObject(int index, double x, double y, double yawRad, double baseZ = 0, double tiltRad = 0)
    {
        if (Held == index)
            Release();
        var thing = Scene.Objects[index];
        var half = (thing.HeightM * Math.Abs(Math.Cos(tiltRad)) / 2) + (thing.WidthM * Math.Abs(Math.Sin(tiltRad)) / 2);
        Place(index, x, y, baseZ + half, yawRad, tiltRad);
        Forward();
    }

    /// <summary>Hangs an object on the cup, its top's centre at the lip, and opens the valve.</summary>
    public void AttachToCup(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _seal.Length);
        if (Held >= 0 && Held != index)
            Release();
        var tool = Tool;
        Place(index, tool.X, tool.Y, tool.Z - (Scene.Objects[index].HeightM / 2), tool.Yaw + Scene.Objects[index].YawRad);
        Forward();
        _opening = 1;
        Seal(index);
    }

    /// <summary>Pulls at the middle of an object from outside until the next call: N, base frame.</summary>
    public void Disturb(int index, double forceX, double forceY, double forceZ)
    {
        var force = _bodyForce + (6 * _objectBody[index]);
        (force[0], force[1], force[2]) = (forceX, forceY, forceZ);
    }

    /// <summary>Lets go of what the cup holds and closes the valve.</summary>
    public void Release()
    {
        _opening = 0;
        Unseal();
    }

    /// <summary>Lets go of what the cup holds though the valve is open, as when more pulls at it than the seal bears.</summary>
    public void BreakSeal() => Unseal();

    /// <summary>Reads the ground truth.</summary>
    public void ReadWorld(WorldState world)
    {
        ArgumentNullException.ThrowIfNull(world);
        world.Held = Held;
        world.Tool = Tool;
        world.TimeSeconds = TimeSeconds;
        world.ArmSpeedRadS = 0;
        for (var joint = 0; joint < JointCount; joint++)
            world.ArmSpeedRadS = Math.Max(world.ArmSpeedRadS, Math.Abs(VelocityRadS(joint)));
        (world.BeamRad, world.BeamRadS) = (BeamRad, _beamDof < 0 ? 0 : _qvel[_beamDof]);
        for (var i = 0; i < _objectBody.Length; i++)
            world.Objects[i] = ReadObject(i);
    }

    /// <summary>Turn of the scene's beam about its pivot, rad; 0 where there is no beam.</summary>
    public double BeamRad => _beamQpos < 0 ? 0 : _qpos[_beamQpos];

    /// <summary>Ground truth of one object.</summary>
    public ObjectState ReadObject(int index)
    {
        double* p = _bodyPosition + (3 * _objectBody[index]), q = _bodyQuaternion + (4 * _objectBody[index]), v = _qvel + _objectDof[index];
        var upZ = 1 - (2 * ((q[1] * q[1]) + (q[2] * q[2])));
        var state = new ObjectState
        {
            Carrier = CarrierOf(index),
            X = p[0],
            Y = p[1],
            Z = p[2],
            YawRad = Math.Atan2(2 * ((q[1] * q[2]) + (q[0] * q[3])), 1 - (2 * ((q[2] * q[2]) + (q[3] * q[3])))),
            TiltRad = Math.Acos(Math.Clamp(upZ, -1, 1)),
            SpeedMS = Math.Sqrt((v[0] * v[0]) + (v[1] * v[1]) + (v[2] * v[2])),
            TurnRateRadS = Math.Sqrt((v[3] * v[3]) + (v[4] * v[4]) + (v[5] * v[5])),
            ClearanceM = p[2] - HalfExtentAlongZ(Scene.Objects[index], q),
            Touched = _touched[index],
            EverHeld = _everHeld[index],
        };
        state.SetMet(_met[index]);
        return state;
    }

    /// <summary>Numbers in a pose for <see cref="PlantRenderer.Render"/>.</summary>
    public int PoseSize => _poseSize;

    /// <summary>Copies the present pose, for a renderer on another thread.</summary>
    public void CopyPose(Span<double> pose) => Pose.CopyTo(pose);

    /// <summary>A camera by name: the robot file's, off by the scene's misplacement, or <see cref="ViewerCamera"/>.</summary>
    public CameraPose Camera(string name) =>
        _cameras.TryGetValue(name, out var camera)
            ? camera
            : throw new ArgumentException($"no camera \"{name}\"; there are: {string.Join(", ", _cameras.Keys)}", nameof(name));

    /// <summary>A renderer for the calling thread. For films: 4 samples a pixel and shadows of 2048 look better and cost twice the time.</summary>
    public PlantRenderer CreateRenderer(int maxWidthPx = 640, int maxHeightPx = 480, int samples = 0, int shadowSize = 512) =>
        new(_handle, maxWidthPx, maxHeightPx, samples, shadowSize);

    /// <summary>Draws the present state on the plant's own thread, as <see cref="PlantRenderer.Render"/> does.</summary>
    public void Render(string camera, int widthPx, int heightPx, Span<byte> bgr) => Render(Camera(camera), widthPx, heightPx, bgr);

    /// <summary>Draws the present state on the plant's own thread, as <see cref="PlantRenderer.Render"/> does.</summary>
    public void Render(CameraPose camera, int widthPx, int heightPx, Span<byte> bgr) => Render(Pose, camera, widthPx, heightPx, bgr);

    /// <summary>Draws the present state into a frame of any size.</summary>
    public void Render(string camera, CameraFrame frame) => Render(Pose, camera, frame);

    /// <summary>Draws a state from <see cref="CopyPose"/> into a frame of any size.</summary>
    public void Render(ReadOnlySpan<double> pose, string camera, CameraFrame frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        Render(pose, Camera(camera), frame.WidthPx, frame.HeightPx, frame.Bgr);
    }

    private ReadOnlySpan<double> Pose => new(_qpos, _poseSize);

    /// <summary>A buffer of the picture's own size: a larger one is cleared and copied whole for each picture.</summary>
    private void Render(ReadOnlySpan<double> pose, CameraPose camera, int widthPx, int heightPx, Span<byte> bgr)
    {
        if (_renderer is null || widthPx > _rendererWidthPx || heightPx > _rendererHeightPx)
        {
            _renderer?.Dispose();
            (_rendererWidthPx, _rendererHeightPx) = (Math.Max(widthPx, _rendererWidthPx), Math.Max(heightPx, _rendererHeightPx));
            _renderer = CreateRenderer(_rendererWidthPx, _rendererHeightPx);
        }

        _renderer.Render(pose, camera, widthPx, heightPx, bgr);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _renderer?.Dispose();
        _handle.Dispose();
    }

    private int Find(Interop.Kind kind, string name)
    {
        var index = Interop.Find(_handle, kind, name);
        return index >= 0 ? index : throw new InvalidOperationException($"the plant's model has no {kind} \"{name}\"");
    }

    /// <summary>The object that bears more than half of this one's weight.</summary>
    private int CarrierOf(int index)
    {
        for (var below = 0; below < _weightN.Length; below++)
        {
            if (_carriedN[index, below] > 0.5 * _weightN[index])
                return below;
        }

        return -1;
    }

    /// <summary>A contact between two objects: who bears whom, and that they met.</summary>
    private void Meet(int first, int second, double upOnSecondN)
    {
        if (upOnSecondN > 0)
            _carriedN[second, first] += CarrySmoothing * upOnSecondN;
        else
            _carriedN[first, second] -= CarrySmoothing * upOnSecondN;
        if (first != Held)
            _met[first] |= 1u << second;
        if (second != Held)
            _met[second] |= 1u << first;
    }

    private void Forward()
    {
        if (Interop.Forward(_handle) != 0)
            throw new InvalidOperationException($"Physics failed: {Interop.Error()}");
    }

    /// <summary>Its middle at a point, tipped about its own x, then turned about the vertical.</summary>
    private void Place(int index, double x, double y, double z, double yawRad, double tiltRad = 0)
    {
        var q = _qpos + _objectQpos[index];
        (q[0], q[1], q[2]) = (x, y, z);
        var ((sy, cy), (st, ct)) = (Math.SinCos(yawRad / 2), Math.SinCos(tiltRad / 2));
        (q[3], q[4], q[5], q[6]) = (cy * ct, cy * st, sy * st, sy * ct);
        new Span<double>(_qvel + _objectDof[index], 6).Clear();
    }

    /// <summary>Sorts the step's contacts: what presses on the cup or on what it holds, and what the arm touches.</summary>
    private void Feel()
    {
        int count;
        fixed (Interop.Contact* contacts = _contacts)
            count = Math.Min(MaxContacts, Interop.Contacts(_handle, contacts, MaxContacts));
        var heldBody = Held >= 0 ? _objectBody[Held] : -1;
        double onTool = 0, onHeld = 0;
        _armContactCount = 0;
        for (var upper = 0; upper < _weightN.Length; upper++)
        {
            for (var lower = 0; lower < _weightN.Length; lower++)
                _carriedN[upper, lower] *= 1 - CarrySmoothing;
        }

        for (var i = 0; i < count; i++)
        {
            ref var contact = ref _contacts[i];
            double fx = contact.ForceN[0], fy = contact.ForceN[1], fz = contact.ForceN[2];
            var up1 = -fz; // the force acts on the second body, its opposite on the first
            if (contact.Body1 == _toolBody)
                onTool += up1;
            else if (contact.Body2 == _toolBody)
                onTool += fz;
            else if (contact.Body1 == heldBody)
                onHeld += up1;
            else if (contact.Body2 == heldBody)
                onHeld += fz;

            var (link, other) = _linkOfBody[contact.Body1] >= 0
                ? (_linkOfBody[contact.Body1], contact.Body2)
                : (_linkOfBody[contact.Body2], contact.Body1);
            if (link < 0)
            {
                if (_thingOfBody[contact.Body1] >= 0 && _thingOfBody[contact.Body2] >= 0)
                    Meet(_thingOfBody[contact.Body1], _thingOfBody[contact.Body2], fz);
                continue;
            }

            var thing = _thingOfBody[other];
            var force = Math.Sqrt((fx * fx) + (fy * fy) + (fz * fz));
            _armContacts[_armContactCount++] = new ArmContact(link, thing, force);
            if (thing >= 0 && link == JointCount && force > TouchedN)
                _touched[thing] = true;
        }

        var press = onTool + (Held >= 0 ? Math.Max(0, onHeld - _weightN[Held]) : 0);
        _pressN += 0.2 * (press - _pressN);
    }

    private void Hold()
    {
        if (_deadSteps > 0)
            _deadSteps--;
        if (Held >= 0)
        {
            _overloadSteps = IsOverloaded() ? _overloadSteps + 1 : 0;
            if (_opening < 0.5 || _overloadSteps >= BreakSteps)
                Unseal();
        }
        else if (_opening > 0.5 && _deadSteps == 0)
        {
            for (var i = 0; i < _seal.Length; i++)
            {
                if (!LiesFlatOn(i))
                    continue;
                Seal(i);
                break;
            }
        }
    }

    private void Seal(int index)
    {
        Interop.Weld(_handle, _seal[index], 1);
        // The tool no longer collides with what it holds: the weld alone carries it, without contacts that would work against it.
        SetToolAffinity(PlantModel.ArmAffinity & ~(1 << (PlantModel.FirstObjectBit + index)));
        Held = index;
        _everHeld[index] = true;
        _touched[index] = true;
        _overloadSteps = 0;
        _met[index] = 0;
    }

    private void Unseal()
    {
        if (Held < 0)
            return;
        Interop.Weld(_handle, _seal[Held], 0);
        SetToolAffinity(PlantModel.ArmAffinity);
        Held = -1;
        _deadSteps = ReleaseDeadSteps;
    }

    private void SetToolAffinity(int bits)
    {
        foreach (var geom in _toolGeoms)
            Interop.SetAffinity(_handle, geom, bits);
    }

    private bool IsOverloaded()
    {
        double* force = stackalloc double[3], moment = stackalloc double[3];
        Interop.WeldLoad(_handle, _seal[Held], force, moment);
        var m = _siteMatrix + (9 * _lip);
        var alongCup = (force[0] * m[2]) + (force[1] * m[5]) + (force[2] * m[8]); // the cup's axis points away from the arm
        var total = (force[0] * force[0]) + (force[1] * force[1]) + (force[2] * force[2]);
        var shear = Math.Sqrt(Math.Max(0, total - (alongCup * alongCup)));

        // The weld acts at the object's middle, the seal at the lip.
        double* lip = _sitePosition + (3 * _lip), middle = _bodyPosition + (3 * _objectBody[Held]);
        double x = middle[0] - lip[0], y = middle[1] - lip[1], z = middle[2] - lip[2];
        var momentX = moment[0] + (y * force[2]) - (z * force[1]);
        var momentY = moment[1] + (z * force[0]) - (x * force[2]);
        var momentZ = moment[2] + (x * force[1]) - (y * force[0]);
        var turning = Math.Sqrt((momentX * momentX) + (momentY * momentY) + (momentZ * momentZ));
        return -alongCup > BreakPullN || shear > BreakShearN || turning > BreakMomentNm;
    }

    /// <summary>True when the lip lies on the face of an object that is up, square to it and far enough inside its edge.</summary>
    private bool LiesFlatOn(int index)
    {
        double* lip = _sitePosition + (3 * _lip), cup = _siteMatrix + (9 * _lip);
        double* p = _bodyPosition + (3 * _objectBody[index]);
        double dx = lip[0] - p[0], dy = lip[1] - p[1], dz = lip[2] - p[2];
        if ((dx * dx) + (dy * dy) + (dz * dz) > 0.1 * 0.1)
            return false;

        var thing = Scene.Objects[index];
        var r = stackalloc double[9];
        ToMatrix(_bodyQuaternion + (4 * _objectBody[index]), r);
        // The object's axis that is most upright, among those with a flat face.
        var axis = 2;
        if (thing.Shape is ObjectShape.Cube or ObjectShape.Brick)
        {
            for (var k = 0; k < 2; k++)
            {
                if (Math.Abs(r[6 + k]) > Math.Abs(r[6 + axis]))
                    axis = k;
            }
        }

        var sign = Math.Sign(r[6 + axis]);
        var against = sign * ((r[axis] * cup[2]) + (r[3 + axis] * cup[5]) + (r[6 + axis] * cup[8]));
        if (against > -SealCosine)
            return false;

        double* local = stackalloc double[3], half = stackalloc double[3];
        for (var k = 0; k < 3; k++)
            local[k] = (r[k] * dx) + (r[3 + k] * dy) + (r[6 + k] * dz);
        (half[0], half[1], half[2]) = (thing.LengthM / 2, thing.WidthM / 2, thing.HeightM / 2);
        var gap = (sign * local[axis]) - half[axis];
        if (gap > SealGapM || gap < -SealDepthM)
            return false;

        double inside;
        switch (thing.Shape)
        {
            case ObjectShape.Cylinder:
                inside = half[0] - Math.Sqrt((local[0] * local[0]) + (local[1] * local[1]));
                break;
            case ObjectShape.Prism:
                // Corners at 0, 120 and 240 degrees; sides lie opposite, half the circumradius from the middle.
                inside = double.MaxValue;
                for (var k = 0; k < 3; k++)
                {
                    var angle = Math.PI * ((2 * k) + 1) / 3;
                    inside = Math.Min(inside, (thing.FootprintRadiusM / 2) - (local[0] * Math.Cos(angle)) - (local[1] * Math.Sin(angle)));
                }

                break;
            default:
                int u = (axis + 1) % 3, v = (axis + 2) % 3;
                inside = Math.Min(half[u] - Math.Abs(local[u]), half[v] - Math.Abs(local[v]));
                break;
        }

        return inside >= SealInsetM;
    }

    /// <summary>From the object's middle to its lowest point.</summary>
    private static double HalfExtentAlongZ(SceneObject thing, double* quaternion)
    {
        var r = stackalloc double[9];
        ToMatrix(quaternion, r);
        double up = Math.Abs(r[8]) * thing.HeightM / 2, radius = thing.FootprintRadiusM;
        switch (thing.Shape)
        {
            case ObjectShape.Cylinder:
                return up + (radius * Math.Sqrt(Math.Max(0, 1 - (r[8] * r[8]))));
            case ObjectShape.Prism:
                var lowest = 0.0;
                for (var k = 0; k < 3; k++)
                {
                    var angle = 2 * Math.PI * k / 3;
                    lowest = Math.Max(lowest, -radius * ((r[6] * Math.Cos(angle)) + (r[7] * Math.Sin(angle))));
                }

                return up + lowest;
            default:
                return up + (Math.Abs(r[6]) * thing.LengthM / 2) + (Math.Abs(r[7]) * thing.WidthM / 2);
        }
    }

    private static void ToMatrix(double* q, double* r)
    {
        double w = q[0], x = q[1], y = q[2], z = q[3];
        (r[0], r[1], r[2]) = (1 - (2 * ((y * y) + (z * z))), 2 * ((x * y) - (w * z)), 2 * ((x * z) + (w * y)));
        (r[3], r[4], r[5]) = (2 * ((x * y) + (w * z)), 1 - (2 * ((x * x) + (z * z))), 2 * ((y * z) - (w * x)));
        (r[6], r[7], r[8]) = (2 * ((x * z) - (w * y)), 2 * ((y * z) + (w * x)), 1 - (2 * ((x * x) + (y * y))));
    }
}
