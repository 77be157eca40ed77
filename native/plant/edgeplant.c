#define _GNU_SOURCE
#include "edgeplant.h"

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <dlfcn.h>
#include <malloc.h>
#include <math.h>
#include <mujoco/mujoco.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ERROR_CAPACITY 1024
#define MAX_SCENE_GEOMS 512

struct edgeplant {
    mjModel *model;
    mjData *data;
};

struct edgeplant_renderer {
    const mjModel *model;
    mjData *data;
    mjvScene scene;
    mjvOption option;
    mjrContext context;
    EGLContext egl;
    unsigned char *rgb;
    int has_scene, has_context;
};

/* MuJoCo reports fatal errors through a global handler that must not return: each guarded call gives it a place to jump to. Without a handler of our own
 * the library waits for a key and exits. */
static __thread jmp_buf rescue;
static __thread int guarded;
static __thread char last_error[ERROR_CAPACITY];

static void set_error(const char *text) { snprintf(last_error, sizeof last_error, "%s", text); }

static void on_error(const char *text) {
    set_error(text);
    if (guarded) longjmp(rescue, 1);
    fprintf(stderr, "edgeplant: %s\n", text);
    abort();
}

static void on_warning(const char *text) { set_error(text); }

#define GUARD(on_failure)       \
    do {                        \
        if (setjmp(rescue)) {   \
            guarded = 0;        \
            on_failure;         \
        }                       \
        guarded = 1;            \
    } while (0)
#define UNGUARD() (guarded = 0)

const char *edgeplant_error(void) { return last_error; }

/* A plant's data are tens of megabytes, and the software renderer takes and frees some for each picture. What is mapped, or given back, the kernel maps and clears anew
 * each time: two thirds of the work where pictures of many scenes are made. (A threshold for mapping above 32 MB is refused, and any other is reached.) */
__attribute__((constructor)) static void keep_freed_memory(void) {
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

edgeplant *edgeplant_create(const char *xml, int bytes) {
    mju_user_error = on_error;
    mju_user_warning = on_warning;
    edgeplant *volatile plant = calloc(1, sizeof *plant);
    /* The virtual file system is some megabytes: too large for the stack. */
    mjVFS *volatile files = malloc(sizeof *files);
    if (!plant || !files) {
        set_error("out of memory");
        goto fail;
    }

    mj_defaultVFS(files);
    if (mj_makeEmptyFileVFS(files, "plant.xml", bytes) != 0) {
        set_error("the model text does not fit the virtual file system");
        goto fail;
    }
    memcpy(files->filedata[mj_findFileVFS(files, "plant.xml")], xml, (size_t)bytes);

    GUARD(goto fail);
    char error[ERROR_CAPACITY] = "";
    plant->model = mj_loadXML("plant.xml", files, error, sizeof error);
    if (!plant->model) {
        UNGUARD();
        set_error(error);
        goto fail;
    }
    plant->data = mj_makeData(plant->model);
    if (!plant->data) {
        UNGUARD();
        set_error("no memory for the state");
        goto fail;
    }
    mj_forward(plant->model, plant->data);
    UNGUARD();
    mj_deleteVFS(files);
    free(files);
    return plant;

fail:
    if (files) {
        mj_deleteVFS(files);
        free(files);
    }
    edgeplant_destroy(plant);
    return NULL;
}

void edgeplant_destroy(edgeplant *plant) {
    if (!plant) return;
    if (plant->data) mj_deleteData(plant->data);
    if (plant->model) mj_deleteModel(plant->model);
    free(plant);
}

int edgeplant_step(edgeplant *plant, int count) {
    GUARD(return -1);
    for (int i = 0; i < count; i++) mj_step(plant->model, plant->data);
    UNGUARD();
    /* After these warnings MuJoCo has put the state back to its start: the run is over. */
    static const int fatal[] = {mjWARN_BADQPOS, mjWARN_BADQVEL, mjWARN_BADQACC};
    for (unsigned i = 0; i < sizeof fatal / sizeof *fatal; i++) {
        if (plant->data->warning[fatal[i]].number > 0) {
            set_error("the simulation became unstable");
            return -1;
        }
    }
    return 0;
}

int edgeplant_forward(edgeplant *plant) {
    GUARD(return -1);
    mj_forward(plant->model, plant->data);
    UNGUARD();
    return 0;
}

int edgeplant_find(const edgeplant *plant, int kind, const char *name) {
    static const int types[] = {mjOBJ_BODY, mjOBJ_JOINT, mjOBJ_GEOM, mjOBJ_SITE, mjOBJ_EQUALITY};
    if (kind < 0 || kind >= (int)(sizeof types / sizeof *types)) return -1;
    return mj_name2id(plant->model, types[kind], name);
}

double *edgeplant_array(edgeplant *plant, int which, int *count) {
    mjModel *m = plant->model;
    mjData *d = plant->data;
    switch (which) {
        case EDGEPLANT_QPOS: *count = m->nq; return d->qpos;
        case EDGEPLANT_QVEL: *count = m->nv; return d->qvel;
        case EDGEPLANT_APPLIED_FORCE: *count = m->nv; return d->qfrc_applied;
        case EDGEPLANT_FRICTION_LOSS: *count = m->nv; return m->dof_frictionloss;
        case EDGEPLANT_BODY_POSITION: *count = 3 * m->nbody; return d->xpos;
        case EDGEPLANT_BODY_QUATERNION: *count = 4 * m->nbody; return d->xquat;
        case EDGEPLANT_SITE_POSITION: *count = 3 * m->nsite; return d->site_xpos;
        case EDGEPLANT_SITE_MATRIX: *count = 9 * m->nsite; return d->site_xmat;
        case EDGEPLANT_BODY_MASS: *count = m->nbody; return m->body_mass;
        case EDGEPLANT_TIME: *count = 1; return &d->time;
        case EDGEPLANT_BODY_FORCE: *count = 6 * m->nbody; return d->xfrc_applied;
        default: *count = 0; return NULL;
    }
}

void edgeplant_joint_address(const edgeplant *plant, int joint, int *qpos, int *dof) {
    *qpos = plant->model->jnt_qposadr[joint];
    *dof = plant->model->jnt_dofadr[joint];
}

void edgeplant_weld(edgeplant *plant, int equality, int active) {
    mjModel *m = plant->model;
    mjData *d = plant->data;
    if (active) {
        /* eq_data of a weld: anchor on body 2 (3), the same point on body 1 (3), relative turn (4), torque scale in metres (1). */
        int a = m->eq_obj1id[equality], b = m->eq_obj2id[equality];
        mjtNum *data = m->eq_data + mjNEQDATA * equality;
        mjtNum inverse[4], offset[3];
        mju_zero(data, mjNEQDATA);
        mju_negQuat(inverse, d->xquat + 4 * a);
        mju_sub3(offset, d->xpos + 3 * b, d->xpos + 3 * a);
        mju_rotVecQuat(data + 3, offset, inverse);
        mju_mulQuat(data + 6, inverse, d->xquat + 4 * b);
        data[10] = 1;
    }
    m->eq_active[equality] = active ? 1 : 0;
}

void edgeplant_weld_load(edgeplant *plant, int equality, double *force_n, double *torque_nm) {
    const mjModel *m = plant->model;
    mjData *d = plant->data;
    mju_zero3(force_n);
    mju_zero3(torque_nm);
    int row = 0;
    while (row + 5 < d->nefc && (d->efc_type[row] != mjCNSTR_EQUALITY || d->efc_id[row] != equality)) row++;
    if (row + 5 >= d->nefc) return;

    /* The rows' own forces are no torque (theirs are of a quaternion's parts): what they do to the free body's six coordinates is. */
    int body = m->eq_obj2id[equality];
    mjMARKSTACK;
    mjtNum *rows = mj_stackAlloc(d, d->nefc), *coordinates = mj_stackAlloc(d, m->nv);
    mju_zero(rows, d->nefc);
    mju_copy(rows + row, d->efc_force + row, 6);
    mj_mulJacTVec(m, d, coordinates, rows);
    const mjtNum *own = coordinates + m->body_dofadr[body];
    mju_copy3(force_n, own);
    mju_rotVecMat(torque_nm, own + 3, d->xmat + 9 * body);
    mjFREESTACK;
}

int edgeplant_contacts(const edgeplant *plant, edgeplant_contact *contacts, int capacity) {
    const mjModel *m = plant->model;
    const mjData *d = plant->data;
    int n = d->ncon < capacity ? d->ncon : capacity;
    for (int i = 0; i < n; i++) {
        const mjContact *from = d->contact + i;
        edgeplant_contact *to = contacts + i;
        mjtNum wrench[6];
        mj_contactForce(m, d, i, wrench);
        to->geom1 = from->geom1;
        to->geom2 = from->geom2;
        to->body1 = m->geom_bodyid[from->geom1];
        to->body2 = m->geom_bodyid[from->geom2];
        to->distance_m = from->dist;
        mju_copy3(to->position_m, from->pos);
        /* The contact frame's first axis points from geom1 to geom2; its axes are the rows of the matrix. */
        mju_rotVecMatT(to->force_n, wrench, from->frame);
    }
    return d->ncon;
}

void edgeplant_set_affinity(edgeplant *plant, int geom, int bits) { plant->model->geom_conaffinity[geom] = bits; }

/* One OpenGL context per thread that has renderers, shared by them. Contexts are kept for the next thread: making one, and compiling the software
 * renderer's code in it, takes a hundred times as long as a picture. None is touched while a thread ends: by then EGL's own thread data may be gone. */
typedef struct egl_context {
    EGLDisplay display;
    EGLContext context;
    struct egl_context *next;
} egl_context;

/* One thread draws at a time: Mesa's software renderer looks through what every context of the process is about to draw (llvmpipe_is_resource_referenced),
 * without a lock against the threads that draw it. */
static pthread_mutex_t drawing = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static egl_context *idle;
static __thread egl_context *own;
static __thread int own_renderers;

static egl_context *make_egl(void) {
    /* MuJoCo looks its OpenGL functions up in the global scope, which a library loaded by a host with RTLD_LOCAL is not part of. */
    dlopen("libEGL.so.1", RTLD_NOW | RTLD_GLOBAL);
    PFNEGLGETPLATFORMDISPLAYEXTPROC get_display = (PFNEGLGETPLATFORMDISPLAYEXTPROC)(void *)eglGetProcAddress("eglGetPlatformDisplayEXT");
    EGLint major, minor, count;
    EGLConfig config;
    if (!get_display) {
        set_error("EGL has no eglGetPlatformDisplayEXT");
        return NULL;
    }
    EGLDisplay display = get_display(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, NULL);
    if (display == EGL_NO_DISPLAY || !eglInitialize(display, &major, &minor)) {
        set_error("EGL without a surface is not available (is libegl-mesa0 installed?)");
        return NULL;
    }
    static const EGLint wanted[] = {EGL_SURFACE_TYPE, EGL_PBUFFER_BIT, EGL_RENDERABLE_TYPE, EGL_OPENGL_BIT, EGL_DEPTH_SIZE, 24, EGL_NONE};
    if (!eglChooseConfig(display, wanted, &config, 1, &count) || count == 0) {
        set_error("EGL has no fitting configuration");
        return NULL;
    }
    egl_context *made = calloc(1, sizeof *made);
    if (!made) {
        set_error("out of memory");
        return NULL;
    }
    *made = (egl_context){display, eglCreateContext(display, config, EGL_NO_CONTEXT, NULL), NULL};
    if (made->context != EGL_NO_CONTEXT) return made;
    set_error("EGL made no context");
    free(made);
    return NULL;
}

/* Makes a context current on this thread, for one more renderer. */
static int open_egl(void) {
    if (own) {
        own_renderers++;
        return 0;
    }
    eglBindAPI(EGL_OPENGL_API);
    egl_context *taken = idle;
    if (taken)
        idle = taken->next;
    else
        taken = make_egl();
    if (!taken) return -1;
    if (!eglMakeCurrent(taken->display, EGL_NO_SURFACE, EGL_NO_SURFACE, taken->context)) {
        set_error("EGL does not make its context current");
        return -1;
    }
    own = taken;
    own_renderers = 1;
    return 0;
}

/* This thread has a renderer less; the last one leaves the context to the next thread. */
static void close_egl(void) {
    if (--own_renderers > 0) return;
    eglMakeCurrent(own->display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
    own->next = idle;
    idle = own;
    own = NULL;
}

/* A renderer's OpenGL objects live in the context of the thread that made it. */
static int is_here(const edgeplant_renderer *r) {
    if (own && r->egl == own->context) return 1;
    set_error("a renderer belongs to the thread that made it");
    return 0;
}

static edgeplant_renderer *create_renderer(const edgeplant *plant, int max_width, int max_height, int samples, int shadow_size) {
    edgeplant_renderer *volatile r = calloc(1, sizeof *r);
    if (!r) {
        set_error("out of memory");
        return NULL;
    }
    r->model = plant->model;
    if (open_egl() != 0) {
        edgeplant_renderer_destroy(r);
        return NULL;
    }
    r->egl = own->context;
    GUARD(edgeplant_renderer_destroy(r); return NULL);
    /* These are read from the model while the context is made, and only then. */
    plant->model->vis.global.offwidth = max_width;
    plant->model->vis.global.offheight = max_height;
    plant->model->vis.quality.offsamples = samples;
    plant->model->vis.quality.shadowsize = shadow_size;
    r->data = mj_makeData(r->model);
    mjv_defaultScene(&r->scene);
    mjv_defaultOption(&r->option);
    mjr_defaultContext(&r->context);
    mjv_makeScene(r->model, &r->scene, MAX_SCENE_GEOMS);
    r->has_scene = 1;
    mjr_makeContext(r->model, &r->context, mjFONTSCALE_50);
    r->has_context = 1;
    mjr_setBuffer(mjFB_OFFSCREEN, &r->context);
    UNGUARD();
    r->rgb = malloc((size_t)r->context.offWidth * (size_t)r->context.offHeight * 3);
    if (!r->data || !r->rgb || r->context.currentBuffer != mjFB_OFFSCREEN) {
        set_error("no offscreen buffer");
        edgeplant_renderer_destroy(r);
        return NULL;
    }
    return r;
}

edgeplant_renderer *edgeplant_renderer_create(const edgeplant *plant, int max_width, int max_height, int samples, int shadow_size) {
    pthread_mutex_lock(&drawing);
    edgeplant_renderer *made = create_renderer(plant, max_width, max_height, samples, shadow_size);
    pthread_mutex_unlock(&drawing);
    return made;
}

void edgeplant_renderer_destroy(edgeplant_renderer *r) {
    if (!r) return;
    pthread_mutex_lock(&drawing);
    if (r->egl && is_here(r)) {
        if (r->has_context) mjr_freeContext(&r->context);
        close_egl();
    }
    pthread_mutex_unlock(&drawing);
    if (r->has_scene) mjv_freeScene(&r->scene);
    if (r->data) mj_deleteData(r->data);
    free(r->rgb);
    free(r);
}

int edgeplant_render(edgeplant_renderer *r, const double *qpos, const edgeplant_camera *camera, int width, int height, int shadow, unsigned char *bgr) {
    if (width < 1 || height < 1 || width > r->context.offWidth || height > r->context.offHeight) {
        set_error("the picture is larger than the offscreen buffer");
        return -1;
    }
    if (!is_here(r)) return -1;
    pthread_mutex_lock(&drawing);
    GUARD(pthread_mutex_unlock(&drawing); return -1);
    mju_copy(r->data->qpos, qpos, r->model->nq);
    mj_kinematics(r->model, r->data);
    mj_camlight(r->model, r->data);

    mjvCamera any;
    mjv_defaultCamera(&any);
    r->scene.flags[mjRND_SHADOW] = (mjtByte)(shadow != 0);
    mjv_updateScene(r->model, r->data, &r->option, NULL, &any, mjCAT_ALL, &r->scene);
    for (int eye = 0; eye < 2; eye++) {
        mjvGLCamera *c = r->scene.camera + eye;
        for (int i = 0; i < 3; i++) {
            c->pos[i] = (float)camera->position_m[i];
            c->forward[i] = (float)camera->forward[i];
            c->up[i] = (float)camera->up[i];
        }
        c->frustum_near = 0.02f;
        c->frustum_far = 20.0f;
        c->frustum_center = 0;
        c->frustum_top = c->frustum_near * (float)tan(camera->fov_y_rad / 2);
        c->frustum_bottom = -c->frustum_top;
    }

    mjrRect area = {0, 0, width, height};
    mjr_render(area, &r->scene, &r->context);
    mjr_readPixels(r->rgb, NULL, area, &r->context);
    UNGUARD();
    pthread_mutex_unlock(&drawing);
    for (int y = 0; y < height; y++) {
        const unsigned char *from = r->rgb + (size_t)(height - 1 - y) * (size_t)width * 3;
        unsigned char *to = bgr + (size_t)y * (size_t)width * 3;
        for (int x = 0; x < width * 3; x += 3) {
            to[x] = from[x + 2];
            to[x + 1] = from[x + 1];
            to[x + 2] = from[x];
        }
    }
    return 0;
}
